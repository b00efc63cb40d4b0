#include "contract/store_under_test.h"

#include "redis/client.h"
#include "runtime/memory_budget.h"
#include "runtime/metrics.h"
#include "store/embedded/embedded_cart_store.h"
#include "store/embedded/embedded_user_store.h"
#include "store/memory/memory_cart_store.h"
#include "store/memory/memory_user_store.h"
#include "store/mongodb/mongodb_cart_store.h"
#include "store/mongodb/mongodb_user_store.h"
#include "store/postgres/postgres_cart_store.h"
#include "store/postgres/postgres_user_store.h"
#include "store/redis/redis_cart_store.h"
#include "store/redis/redis_user_store.h"
#include "support/mongodb_server.h"
#include "support/postgres_server.h"
#include "support/redis_server.h"
#include "support/temp_dir.h"
#include "support/wait_until.h"

#include <boost/asio/executor_work_guard.hpp>

#include <stdexcept>
#include <utility>

namespace cartd::test {
namespace {

class MemoryUnderTest final : public StoreUnderTest {
 public:
  explicit MemoryUnderTest(Policy its_policy)
      : carts_(io_.get_executor(), clock, budget_, {}), users_(policy.limits, budget_) {
    policy = std::move(its_policy);
  }

  CartStore& carts() override { return carts_; }
  UserStore& users() override { return users_; }
  CartStore& other_carts() override { return carts_; }
  CartStore& unseen_carts() override { return carts_; }
  void wait_for_expiry(const CartId&) override { clock.advance(policy.ttl.standard); }
  std::optional<RedisValue> plain(std::vector<std::string>) override { return std::nullopt; }
  bool forgets_by_clock() const override { return true; }
  boost::asio::io_context& io() override { return io_; }

 private:
  boost::asio::io_context io_{1};
  MemoryBudget budget_{std::size_t{1} << 30};
  MemoryCartStore carts_;
  MemoryUserStore users_;
};

/// Two stores share the database and what is in memory, as those of two loops do.
class EmbeddedUnderTest final : public StoreUnderTest {
 public:
  EmbeddedUnderTest(std::size_t records_bytes, Policy its_policy)
      : store_(open(records_bytes)),
        carts_(io_.get_executor(), *store_),
        other_carts_(io_.get_executor(), *store_),
        users_(io_.get_executor(), *store_, policy.limits) {
    policy = std::move(its_policy);
  }

  CartStore& carts() override { return carts_; }
  UserStore& users() override { return users_; }
  CartStore& other_carts() override { return other_carts_; }
  CartStore& unseen_carts() override { return other_carts_; }
  void wait_for_expiry(const CartId&) override { clock.advance(policy.ttl.standard); }
  std::optional<RedisValue> plain(std::vector<std::string>) override { return std::nullopt; }
  bool forgets_by_clock() const override { return true; }
  boost::asio::io_context& io() override { return io_; }

 private:
  std::unique_ptr<EmbeddedStore> open(std::size_t records_bytes) {
    auto opened =
        EmbeddedStore::open({.folder = folder_.path() / "carts", .cache_bytes = records_bytes}, clock, metrics_);
    if (!opened) throw std::runtime_error(opened.error());
    return std::move(*opened);
  }

  TempDir folder_;
  Metrics metrics_;
  boost::asio::io_context io_{1};
  // Between two calls there is nothing to do, and a loop that has nothing to do ends.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{io_.get_executor()};
  std::unique_ptr<EmbeddedStore> store_;
  EmbeddedCartStore carts_;
  EmbeddedCartStore other_carts_;
  EmbeddedUserStore users_;
};

constexpr std::size_t cache_bytes = std::size_t{1} << 20;

/// Two stores, each with sessions and a cache of its own, as those of two processes have.
class PostgresUnderTest final : public StoreUnderTest {
 public:
  explicit PostgresUnderTest(Policy its_policy)
      : database_(shared_postgres().create_database()),
        store_(open()),
        other_store_(open()),
        carts_(io_.get_executor(), *store_, policy, clock, cache_bytes),
        other_carts_(io_.get_executor(), *other_store_, policy, clock, cache_bytes),
        unseen_carts_(io_.get_executor(), *other_store_, policy, clock, 0),
        users_(io_.get_executor(), *store_, policy.limits) {
    policy = std::move(its_policy);
  }

  CartStore& carts() override { return carts_; }
  UserStore& users() override { return users_; }
  CartStore& other_carts() override { return other_carts_; }
  CartStore& unseen_carts() override { return unseen_carts_; }
  void wait_for_expiry(const CartId&) override { clock.advance(policy.ttl.standard); }
  std::optional<RedisValue> plain(std::vector<std::string>) override { return std::nullopt; }
  bool forgets_by_clock() const override { return true; }
  boost::asio::io_context& io() override { return io_; }

 private:
  std::unique_ptr<PostgresStore> open() {
    PostgresStore::Options options;
    options.database.url = *postgres::parse_database_url(shared_postgres().url(database_));
    options.database.sessions = 2;
    // A loaded machine may take its time.
    options.database.patience = std::chrono::seconds(10);
    auto opened = PostgresStore::open(std::move(options), metrics_);
    if (!opened) throw std::runtime_error(opened.error());
    return std::move(*opened);
  }

  Metrics metrics_;
  std::string database_;
  boost::asio::io_context io_{1};
  // Between two calls there is nothing to do, and a loop that has nothing to do ends.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{io_.get_executor()};
  std::unique_ptr<PostgresStore> store_;
  std::unique_ptr<PostgresStore> other_store_;
  PostgresCartStore carts_;
  PostgresCartStore other_carts_;
  PostgresCartStore unseen_carts_;
  PostgresUserStore users_;
};

/// As PostgresUnderTest.
class MongodbUnderTest final : public StoreUnderTest {
 public:
  explicit MongodbUnderTest(Policy its_policy)
      : database_(shared_mongodb().create_database()),
        store_(open()),
        other_store_(open()),
        carts_(io_.get_executor(), *store_, policy, clock, cache_bytes),
        other_carts_(io_.get_executor(), *other_store_, policy, clock, cache_bytes),
        unseen_carts_(io_.get_executor(), *other_store_, policy, clock, 0),
        users_(io_.get_executor(), *store_, policy.limits) {
    policy = std::move(its_policy);
  }

  CartStore& carts() override { return carts_; }
  UserStore& users() override { return users_; }
  CartStore& other_carts() override { return other_carts_; }
  CartStore& unseen_carts() override { return unseen_carts_; }
  void wait_for_expiry(const CartId&) override { clock.advance(policy.ttl.standard); }
  std::optional<RedisValue> plain(std::vector<std::string>) override { return std::nullopt; }
  bool forgets_by_clock() const override { return true; }
  boost::asio::io_context& io() override { return io_; }

 private:
  std::unique_ptr<MongodbStore> open() {
    MongodbStore::Options options;
    options.database.url = *mongodb::parse_mongodb_url(shared_mongodb().url(database_));
    options.database.threads = 2;
    // A loaded machine may take its time.
    options.database.patience = std::chrono::seconds(10);
    auto opened = MongodbStore::open(std::move(options), metrics_);
    if (!opened) throw std::runtime_error(opened.error());
    return std::move(*opened);
  }

  Metrics metrics_;
  std::string database_;
  boost::asio::io_context io_{1};
  // Between two calls there is nothing to do, and a loop that has nothing to do ends.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{io_.get_executor()};
  std::unique_ptr<MongodbStore> store_;
  std::unique_ptr<MongodbStore> other_store_;
  MongodbCartStore carts_;
  MongodbCartStore other_carts_;
  MongodbCartStore unseen_carts_;
  MongodbUserStore users_;
};

class RedisUnderTest final : public StoreUnderTest {
 public:
  RedisUnderTest(const std::string& binary, Policy its_policy)
      : server_({.binary = binary}),
        probe_(server_.probe()),
        client_(io_.get_executor(), deployment(), {}, nullptr),
        other_client_(io_.get_executor(), deployment(), {}, nullptr),
        carts_(client_, policy, clock, {}, cache_bytes),
        other_carts_(other_client_, policy, clock, {}, cache_bytes),
        unseen_carts_(other_client_, policy, clock, {}, 0),
        users_(client_, policy.limits) {
    policy = std::move(its_policy);
    client_.start();
    other_client_.start();
  }

  ~RedisUnderTest() override {
    client_.stop();
    other_client_.stop();
    io_.poll();
  }

  CartStore& carts() override { return carts_; }
  UserStore& users() override { return users_; }
  CartStore& other_carts() override { return other_carts_; }
  CartStore& unseen_carts() override { return unseen_carts_; }
  void wait_for_expiry(const CartId& id) override {
    const Time end = now_ms(clock) + policy.ttl.standard;
    const bool gone = wait_until([&] {
      return now_ms(clock) > end && probe_.integer({"EXISTS", "cart:" + id.str()}) == 0;
    });
    if (!gone) throw std::runtime_error("Redis did not expire the cart");
  }
  std::optional<RedisValue> plain(std::vector<std::string> command) override { return probe_.command(command); }
  bool forgets_by_clock() const override { return false; }
  boost::asio::io_context& io() override { return io_; }

 private:
  redis::Deployment deployment() const { return *redis::parse_deployment(server_.url()); }

  RedisServer server_;
  RedisProbe probe_;
  boost::asio::io_context io_{1};
  redis::Client client_;
  redis::Client other_client_;
  RedisCartStore carts_;
  RedisCartStore other_carts_;
  RedisCartStore unseen_carts_;
  RedisUserStore users_;
};

}  // namespace

std::vector<std::string> store_kinds() {
  std::vector<std::string> kinds = server_binaries();
  kinds.insert(kinds.begin(), {"memory", "embedded", "embedded_uncached", "postgres"});
  if (MongodbServer::kind() != MongodbServer::Kind::none) kinds.push_back("mongodb");
  return kinds;
}

std::unique_ptr<StoreUnderTest> make_store(const std::string& kind, Policy policy) {
  // Tests move their clock as they like; a server's stays where it is.
  policy.limits.max_clock_difference = Millis::max();
  if (kind == "memory") return std::make_unique<MemoryUnderTest>(std::move(policy));
  if (kind == "embedded") return std::make_unique<EmbeddedUnderTest>(cache_bytes, std::move(policy));
  if (kind == "embedded_uncached") return std::make_unique<EmbeddedUnderTest>(std::size_t{0}, std::move(policy));
  if (kind == "postgres") return std::make_unique<PostgresUnderTest>(std::move(policy));
  if (kind == "mongodb") return std::make_unique<MongodbUnderTest>(std::move(policy));
  return std::make_unique<RedisUnderTest>(kind, std::move(policy));
}

}  // namespace cartd::test
