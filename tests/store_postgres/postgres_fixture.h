// A PostgreSQL store in a database of the test's own, behind a proxy, with a loop that uses it.
#pragma once

#include "domain/generators.h"
#include "runtime/clock.h"
#include "runtime/metrics.h"
#include "store/execute.h"
#include "store/postgres/postgres_cart_store.h"
#include "store/postgres/postgres_store.h"
#include "store/postgres/postgres_user_store.h"
#include "support/http_client.h"
#include "support/postgres_server.h"
#include "support/proxy.h"
#include "support/reactor_thread.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace cartd::test {

class PostgresTest : public testing::Test {
 protected:
  explicit PostgresTest(PostgresServer& server = shared_postgres()) : server_(server) {}
  ~PostgresTest() override { close(); }

  void close() {
    loop_.call([this] {
      carts_.reset();
      users_.reset();
      return true;
    });
    store_.reset();
  }

  /// The options' URL is that of the proxy.
  void open() {
    close();
    options_.database.url = *postgres::parse_database_url(server_.url(database_, proxy_.port()));
    options_.on_expired = [this] { ++expired_; };
    auto opened = PostgresStore::open(options_, metrics_);
    ASSERT_TRUE(opened) << opened.error();
    store_ = std::move(*opened);
    ASSERT_TRUE(wait_until([&] { return store_->database().health().sessions() == options_.database.sessions; }));
    carts_ = std::make_unique<PostgresCartStore>(loop_.executor(), *store_, policy_, clock_, std::size_t{1} << 20);
    users_ = std::make_unique<PostgresUserStore>(loop_.executor(), *store_, policy_.limits);
  }

  Deadline soon() const { return Deadline::clock::now() + deadline_; }

  boost::asio::awaitable<Result<Applied>> apply(CartId cart, Change change, CommandId id) {
    const ApplyRequest request{std::move(cart), std::move(change), id, Answer::full, soon()};
    co_return co_await execute(*carts_, request, policy_, clock_);
  }
  static Change add_one() { return Change{Batch{{Add{sku("A"), 1}}}}; }
  CommandId next_id() { return {producer_, ++sequence_}; }

  Result<Applied> add(std::string_view cart) { return add(cart, next_id()); }
  Result<Applied> add(std::string_view cart, CommandId id) { return loop_.run(apply(cart_id(cart), add_one(), id)); }
  /// The answer comes from the function.
  std::function<Result<Applied>()> begin_add(std::string_view cart) {
    return loop_.start(apply(cart_id(cart), add_one(), next_id()));
  }
  Result<CartRecord> load(std::string_view cart) {
    const auto loaded = loop_.run(carts_->load(cart_id(cart), soon()));
    return loaded ? Result<CartRecord>(loaded->snapshot->record) : loaded.error();
  }
  StoreState check() { return loop_.run(carts_->check(soon())); }
  bool becomes_ready() {
    return wait_until([this] { return check().ready; });
  }

  PostgresRows query(const std::string& sql) const { return server_.query(database_, sql); }
  std::string value(const std::string& sql) const { return server_.value(database_, sql); }
  double figure(const std::string& name) const {
    return metric_in(metrics_.text(), "cartd_postgres_" + name).value_or(-1);
  }

  PostgresServer& server_;
  const std::string database_ = server_.create_database();
  Proxy proxy_{server_.port()};
  SystemClock clock_;
  Metrics metrics_;
  Policy policy_;
  PostgresStore::Options options_{.database = {.url = {}, .sessions = 2, .patience = std::chrono::seconds(10)}};
  std::atomic<int> expired_ = 0;
  std::chrono::milliseconds deadline_ = std::chrono::seconds(50);
  ProducerId producer_ = 7;
  std::uint64_t sequence_ = 0;
  // Before the store: a loop outlives what resumes on it.
  ReactorThread loop_;
  std::unique_ptr<PostgresStore> store_;
  std::unique_ptr<PostgresCartStore> carts_;
  std::unique_ptr<PostgresUserStore> users_;
};

}  // namespace cartd::test
