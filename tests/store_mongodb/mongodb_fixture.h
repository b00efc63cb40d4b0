// A MongoDB store in a database of the test's own, behind a proxy where there can be one, with a loop that uses it.
#pragma once

#include "domain/generators.h"
#include "runtime/clock.h"
#include "runtime/metrics.h"
#include "store/execute.h"
#include "store/mongodb/mongodb_cart_store.h"
#include "store/mongodb/mongodb_store.h"
#include "store/mongodb/mongodb_user_store.h"
#include "support/http_client.h"
#include "support/mongodb_server.h"
#include "support/proxy.h"
#include "support/reactor_thread.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cartd::test {

class MongodbTest : public testing::Test {
 protected:
  ~MongodbTest() override { close(); }

  void SetUp() override {
    if (MongodbServer::kind() == MongodbServer::Kind::none)
      GTEST_SKIP() << "NOT TESTED: there is no MongoDB server here, and no Go to build FerretDB";
    if (server_ == nullptr) server_ = &shared_mongodb();
    database_ = server_->create_database();
    if (MongodbServer::has_process()) proxy_.emplace(server_->port());
  }

  void close() {
    loop_.call([this] {
      carts_.reset();
      users_.reset();
      return true;
    });
    store_.reset();
  }

  void open() {
    close();
    options_.database.url = *mongodb::parse_mongodb_url(server_->url(database_, proxy_ ? proxy_->port() : 0));
    options_.on_expired = [this] { ++expired_; };
    auto opened = MongodbStore::open(options_, metrics_);
    ASSERT_TRUE(opened) << opened.error();
    store_ = std::move(*opened);
    ASSERT_TRUE(wait_until([&] { return store_->database().health().why().empty(); }));
    carts_ = std::make_unique<MongodbCartStore>(loop_.executor(), *store_, policy_, clock_, std::size_t{1} << 20);
    users_ = std::make_unique<MongodbUserStore>(loop_.executor(), *store_, policy_.limits);
  }

  Deadline soon() const { return Deadline::clock::now() + deadline_; }

  boost::asio::awaitable<Result<Applied>> apply(CartId cart, Change change, CommandId id) {
    const ApplyRequest request{std::move(cart), std::move(change), id, Answer::full, soon()};
    co_return co_await execute(*carts_, request, policy_, clock_);
  }
  static Command one(LineCommand command) { return Batch{{std::move(command)}}; }
  static Change add_one() { return Change{one(Add{sku("A"), 1})}; }
  CommandId next_id() { return {producer_, ++sequence_}; }

  Result<Applied> add(std::string_view cart) { return add(cart, next_id()); }
  Result<Applied> add(std::string_view cart, CommandId id) { return change(cart, add_one(), id); }
  Result<Applied> change(std::string_view cart, Change change, CommandId id) {
    return loop_.run(apply(cart_id(cart), std::move(change), id));
  }
  Result<Applied> change(std::string_view cart, Command command) {
    return change(cart, Change{std::move(command)}, next_id());
  }
  /// The answer comes from the function.
  std::function<Result<Applied>()> begin_add(std::string_view cart, CommandId id) {
    return loop_.start(apply(cart_id(cart), add_one(), id));
  }
  std::function<Result<Applied>()> begin_add(std::string_view cart) { return begin_add(cart, next_id()); }
  Result<CartRecord> load(std::string_view cart) {
    const auto loaded = loop_.run(carts_->load(cart_id(cart), soon()));
    return loaded ? Result<CartRecord>(loaded->snapshot->record) : loaded.error();
  }
  StoreState check() { return loop_.run(carts_->check(soon())); }
  bool becomes_ready() {
    return wait_until([this] { return check().ready; });
  }

  nlohmann::json find(const std::string& collection, const std::string& filter = "{}") const {
    return server_->find(database_, collection, filter);
  }
  /// That of the cart; null where there is none.
  nlohmann::json cart_document(const std::string& cart) const {
    const nlohmann::json found = find("cartd.carts", R"({"_id":")" + cart + R"("})");
    return found.empty() ? nlohmann::json() : found.at(0);
  }
  void update(const std::string& collection, const std::string& filter, const std::string& change) const {
    server_->update(database_, collection, filter, change);
  }
  double figure(const std::string& name) const {
    return metric_in(metrics_.text(), "cartd_mongodb_" + name).value_or(-1);
  }

  MongodbServer* server_ = nullptr;
  std::string database_{};
  std::optional<Proxy> proxy_{};
  SystemClock clock_;
  Metrics metrics_;
  Policy policy_;
  MongodbStore::Options options_{.database = {.url = {}, .threads = 2, .patience = std::chrono::seconds(10)}};
  std::atomic<int> expired_ = 0;
  std::chrono::milliseconds deadline_ = std::chrono::seconds(50);
  ProducerId producer_ = 7;
  std::uint64_t sequence_ = 0;
  // Before the store: a loop outlives what resumes on it.
  ReactorThread loop_;
  std::unique_ptr<MongodbStore> store_;
  std::unique_ptr<MongodbCartStore> carts_;
  std::unique_ptr<MongodbUserStore> users_;
};

}  // namespace cartd::test
