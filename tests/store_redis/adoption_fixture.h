// For tests of carts of another service, JSON texts where a cart's hash belongs, on real servers.
#pragma once

#include "redis/client.h"
#include "runtime/clock.h"
#include "store/execute.h"
#include "store/redis/redis_cart_store.h"
#include "support/redis_cluster.h"
#include "support/redis_server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace cartd::test {

using namespace std::chrono_literals;
using testing::HasSubstr;

inline const Sku mug = *Sku::parse("MUG");
inline const Sku pen = *Sku::parse("PEN");

/// With `mugs` pieces of one line and one of another.
inline std::string json(int mugs = 2) {
  return R"({"cart_id":"123","user_id":"ada","items":[)"
         R"({"product_id":"MUG","name":"Mug","price":12.9,"quantity":)" +
         std::to_string(mugs) + R"(,"metadata":{"gift":true}},{"product_id":"CUP","name":"Cup","quantity":1}]})";
}

inline JsonAdoption adoption_into(std::vector<std::string>& events) {
  JsonAdoption adoption;
  adoption.prices = *minor_unit_of("EUR");
  adoption.on_adopted = [&events](const CartId& id, bool again) {
    events.push_back((again ? "again " : "adopted ") + id.str());
  };
  adoption.on_corrupt = [&events](const CartId& id, std::string_view) { events.push_back("corrupt " + id.str()); };
  return adoption;
}

/// On one server or a Cluster, as two processes see it.
class Adoption : public testing::TestWithParam<std::string> {
 protected:
  Adoption() {
    if (GetParam() == "cluster") cluster_ = std::make_unique<RedisCluster>(RedisClusterOptions{.replicas = 0});
    else server_ = std::make_unique<RedisServer>(RedisServerOptions{.binary = GetParam()});
    client_.emplace(io_.get_executor(), deployment(), redis::ClientOptions{}, nullptr);
    other_client_.emplace(io_.get_executor(), deployment(), redis::ClientOptions{}, nullptr);
    client_->start();
    other_client_->start();
  }
  ~Adoption() override {
    client_->stop();
    other_client_->stop();
    io_.poll();
  }

  redis::Deployment deployment() const { return *redis::parse_deployment(cluster_ ? cluster_->url() : server_->url()); }
  std::size_t servers() const { return cluster_ ? cluster_->nodes() : 1; }
  RedisServer& server(std::size_t index) { return cluster_ ? cluster_->node(index) : *server_; }

  /// A plain client's command, on the server that has the key.
  RedisValue plain(const std::vector<std::string>& command) {
    for (std::size_t i = 0; i < servers(); ++i) {
      RedisValue value = server(i).probe().command(command);
      if (value.type == RedisValue::Type::error && value.text.starts_with("MOVED")) continue;
      if (value.type == RedisValue::Type::error) throw std::runtime_error(command.front() + ": " + value.text);
      return value;
    }
    throw std::runtime_error("no server has the key");
  }
  /// A command about servers, not keys.
  void everywhere(const std::vector<std::string>& command) {
    for (std::size_t i = 0; i < servers(); ++i) EXPECT_EQ(server(i).probe().text(command), "OK") << command.front();
  }
  void set(const std::string& text, const std::string& key = "cart:123") { plain({"SET", key, text}); }
  std::string type(const std::string& key = "cart:123") { return plain({"TYPE", key}).text; }
  std::string text(const std::string& key = "cart:123") { return plain({"GET", key}).text; }
  std::optional<std::string> field(const std::string& key, const std::string& name) {
    const RedisValue value = plain({"HGET", key, name});
    return value.type == RedisValue::Type::nil ? std::nullopt : std::optional(value.text);
  }

  /// Every second of the requests, from the one at `first`, one after another, as the outbox sends them.
  boost::asio::awaitable<void> work(CartStore& on, std::vector<ApplyRequest>& all, std::size_t first, int& acknowledged,
                                    int& left) {
    for (std::size_t i = first; i < all.size(); i += 2) {
      const auto applied = co_await execute(on, all[i], policy_, clock_);
      if (applied) ++acknowledged;
      --left;
    }
  }

  template <class T>
  T run(boost::asio::awaitable<T> task) {
    std::optional<T> result;
    std::exception_ptr fault;
    bool done = false;
    auto keep = [](boost::asio::awaitable<T> work, std::optional<T>& slot) -> boost::asio::awaitable<void> {
      slot.emplace(co_await std::move(work));
    };
    boost::asio::co_spawn(io_, keep(std::move(task), result), [&](std::exception_ptr thrown) {
      fault = thrown;
      done = true;
    });
    while (!done) io_.run_one();
    if (fault) std::rethrow_exception(fault);
    return std::move(*result);
  }

  static Deadline soon() { return Deadline::clock::now() + 20s; }
  ApplyRequest request(Command command, const CartId& id) {
    return {id, Change{std::move(command)}, CommandId{7, ++sequence_}, Answer::full, soon()};
  }
  Result<Applied> apply(CartStore& store, Command command) {
    const ApplyRequest one = request(std::move(command), id_);
    return run(execute(store, one, policy_, clock_));
  }
  Result<Cart> find(CartStore& store) {
    Result<Shown> shown = run(show(store, id_, soon()));
    return shown ? Result<Cart>(std::move(shown->cart)) : shown.error();
  }

  const CartId id_ = *CartId::parse("123");
  SystemClock clock_;
  Policy policy_;
  std::vector<std::string> events_;
  std::uint64_t sequence_ = 0;
  std::unique_ptr<RedisServer> server_;
  std::unique_ptr<RedisCluster> cluster_;
  boost::asio::io_context io_{1};
  std::optional<redis::Client> client_;
  std::optional<redis::Client> other_client_;

  static constexpr std::size_t cache_bytes = std::size_t{1} << 20;
  RedisCartStore carts() { return {*client_, policy_, clock_, {}, cache_bytes, adoption_into(events_)}; }
  RedisCartStore other_carts() { return {*other_client_, policy_, clock_, {}, cache_bytes, adoption_into(events_)}; }
};

inline Command add(const Sku& sku, int quantity) { return Batch{{Add{sku, quantity}}}; }

inline std::int64_t quantity_of(const Cart& cart, std::string_view sku) {
  std::int64_t quantity = 0;
  for (const Line& line : cart.lines)
    if (line.id.is_of(sku)) quantity += line.quantity;
  return quantity;
}

inline std::vector<std::string> adoption_deployments() {
  std::vector<std::string> all = server_binaries();
  all.emplace_back("cluster");
  return all;
}

}  // namespace cartd::test
