#include "apps/cartd/composition.h"

#include "api/rest/context.h"
#include "api/rest/routes.h"
#include "apps/cartd/adoption_log.h"
#include "apps/cartd/checkpoints.h"
#include "apps/cartd/machine.h"
#include "apps/cartd/redis_watch.h"
#include "http/server.h"
#include "journal/journal.h"
#include "runtime/clock.h"
#include "runtime/log.h"
#include "runtime/loop_lag.h"
#include "runtime/metrics.h"
#include "runtime/reactor.h"
#include "runtime/spawn.h"
#include "service/cart_service.h"
#include "service/moving.h"
#include "service/user_service.h"
#include "store/embedded/embedded_cart_store.h"
#include "store/embedded/embedded_store.h"
#include "store/embedded/embedded_user_store.h"
#include "store/memory/memory_cart_store.h"
#include "store/memory/memory_user_store.h"
#include "store/mongodb/mongodb_cart_store.h"
#include "store/mongodb/mongodb_store.h"
#include "store/mongodb/mongodb_user_store.h"
#include "store/postgres/postgres_cart_store.h"
#include "store/postgres/postgres_store.h"
#include "store/postgres/postgres_user_store.h"
#include "store/redis/redis_cart_store.h"
#include "store/redis/redis_user_store.h"
#include "store/shard.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace cartd::app {
namespace {

/// A container's limit may change while it runs.
std::uint64_t http_memory() {
  constexpr std::uint64_t least = std::uint64_t{16} << 20;
  return std::max(least, memory_bytes() / 8);
}

http::Options http_options(const Settings& settings) {
  http::Options options;
  options.address = settings.listen.host;
  options.port = settings.listen.port;
  options.limits = settings.http_limits;
  options.timeouts = settings.http_timeouts;
  options.limits.memory_bytes = settings.max_http_memory.value_or(http_memory());
  if (!settings.max_http_memory) options.memory_limit = http_memory;
  return options;
}

CartServiceOptions service_options(const Settings& settings) {
  return {.policy = settings.policy,
          .store_deadline = settings.store_deadline,
          .outbox_memory = settings.outbox_memory.value_or(memory_bytes() / 4),
          .retention = settings.retention,
          .memory_while_away = (settings.redis || has_database(settings)) && while_away(settings) == WhileAway::memory};
}

redis::ClientOptions client_options(const Settings& settings) {
  redis::ClientOptions options;
  options.patience = settings.store_deadline;
  options.retention = settings.retention;
  if (settings.redis && !settings.redis->client_name.empty()) options.link.client_name = settings.redis->client_name;
  return options;
}

/// Makes the data directory, if it is not there. Throws std::runtime_error when it cannot be made.
void make_data_dir(const Settings& settings) {
  std::error_code failed;
  std::filesystem::create_directory(settings.data_dir, failed);
  if (failed) throw std::runtime_error(where_of_data(settings) + failed.message());
}

/// Throws std::runtime_error when there is no journal to be had in the folder.
std::unique_ptr<Journal> open_journal(const Settings& settings) {
  if (!has_journal(settings)) return nullptr;
  make_data_dir(settings);
  auto journal = Journal::open({settings.data_dir / "journal", settings.max_journal, settings.journal_deadline});
  if (!journal) throw std::runtime_error(where_of_data(settings) + journal.error());
  return std::move(*journal);
}

/// Throws std::runtime_error when the carts in the folder cannot be used.
std::unique_ptr<EmbeddedStore> open_embedded(const Settings& settings, const Clock& clock, Metrics& metrics,
                                             Counter& expirations) {
  if (store_kind(settings) != StoreKind::embedded) return nullptr;
  make_data_dir(settings);
  EmbeddedStore::Options options;
  options.folder = carts_folder(settings);
  options.cache_bytes = settings.cache_size;
  options.on_expired = [&expirations] { expirations.add(); };
  auto store = EmbeddedStore::open(std::move(options), clock, metrics);
  if (!store) throw std::runtime_error(where_of_data(settings) + store.error());
  return std::move(*store);
}

/// Throws std::runtime_error when the database is not for this cartd. One that cannot be reached is no failure.
std::unique_ptr<PostgresStore> open_database(const Settings& settings, Metrics& metrics, Counter& expirations) {
  if (store_kind(settings) != StoreKind::postgresql) return nullptr;
  PostgresStore::Options options;
  options.database.url = *settings.database;
  options.database.sessions = settings.database_sessions;
  options.database.patience = settings.store_deadline;
  options.on_expired = [&expirations] { expirations.add(); };
  auto store = PostgresStore::open(std::move(options), metrics);
  if (!store) throw std::runtime_error("--database-url: " + store.error());
  return std::move(*store);
}

/// As open_database().
std::unique_ptr<MongodbStore> open_mongodb(const Settings& settings, Metrics& metrics, Counter& expirations) {
  if (store_kind(settings) != StoreKind::mongodb) return nullptr;
  MongodbStore::Options options;
  options.database.url = *settings.mongodb;
  options.database.threads = settings.database_sessions;
  options.database.patience = settings.store_deadline;
  options.on_expired = [&expirations] { expirations.add(); };
  auto store = MongodbStore::open(std::move(options), metrics);
  if (!store) throw std::runtime_error("--database-url: " + store.error());
  return std::move(*store);
}

const char* name_of(StoreKind kind) {
  switch (kind) {
    case StoreKind::memory: return "memory";
    case StoreKind::embedded: return "embedded";
    case StoreKind::redis: return "redis";
    case StoreKind::postgresql: return "postgresql";
    case StoreKind::mongodb: return "mongodb";
  }
  return "";
}

constexpr std::chrono::milliseconds look_interval(250);

/// Keeps the figures of one client fresh as long as its loop runs.
boost::asio::awaitable<void> keep_looking(RedisWatch& watch, std::size_t number, const redis::Client& client) {
  boost::asio::steady_timer next(co_await boost::asio::this_coro::executor);
  for (;;) {
    watch.look(number, client.status(), look_interval);
    next.expires_after(look_interval);
    co_await next.async_wait(boost::asio::use_awaitable);
  }
}

// How long a shutdown waits for what the store is still owed, at least. Where that is lost otherwise, it waits as long
// as --drain-timeout.
constexpr std::chrono::seconds settling_time(2);

}  // namespace

/// The members stand in the order in which they need each other.
class Composition::Impl {
 public:
  explicit Impl(const Settings& settings)
      : settings_(settings),
        budget_(settings.max_memory.value_or(memory_bytes() / 2)),
        loop_lag_(metrics_),
        watch_(metrics_, settings.redis ? servers_named(*settings.redis) : ""),
        adoptions_(metrics_),
        expirations_(metrics_.counter("cartd_expirations_total", "Expired carts that a command met.", {})),
        reactors_(settings.threads),
        journal_(open_journal(settings)),
        embedded_(open_embedded(settings, clock_, metrics_, expirations_)),
        database_(open_database(settings, metrics_, expirations_)),
        mongodb_(open_mongodb(settings, metrics_, expirations_)) {
    for (std::size_t i = 0; i < reactors_.size(); ++i) shards_.push_back(shard(reactors_[i]));
    carts_ =
        std::make_unique<CartService>(reactors_, shards_, clock_, metrics_, journal_.get(), service_options(settings_));
    users_ = std::make_unique<UserService>(reactors_, shards_, *carts_, service_options(settings_));
    moving_ = std::make_unique<Moving>(reactors_, shards_, clock_, service_options(settings_));
    context_ = std::make_unique<rest::Context>(*carts_, *users_, *moving_, metrics_, name_of(store_kind(settings_)));
    if (embedded_) {
      checkpoints_.emplace(*embedded_, settings_.data_dir);
      context_->make_checkpoint = [this](std::string name) { return checkpoints_->make(std::move(name)); };
    }
    server_ =
        std::make_unique<http::Server>(reactors_, rest::make_router(*context_), metrics_, http_options(settings_));
  }

  /// The loops end before anything that their coroutines use.
  ~Impl() {
    server_.reset();
    carts_->stop();
    reactors_.stop();
  }

  void start() {
    server_->start();
    for (std::size_t i = 0; i < reactors_.size(); ++i)
      spawn(reactors_[i].io().get_executor(), "measure the loop's lag", loop_lag_.measure());
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      boost::asio::post(reactors_[i].io(), [&client = *clients_[i]] { client.start(); });
      spawn(reactors_[i].io().get_executor(), "publish the figures of a Redis client",
            keep_looking(watch_, i, *clients_[i]));
    }
    carts_->start();
    reactors_.start();
  }

  ListenAddress listening_on() const { return {settings_.listen.host, server_->port()}; }

  void announce_stop() { context_->stopping = true; }

  bool drain() {
    announce_stop();
    using Clock = std::chrono::steady_clock;
    const Clock::time_point deadline = Clock::now() + settings_.http_timeouts.drain;
    const bool all_are_answered = server_->drain();
    // Changes in the journal can wait for the next process.
    if (journal_) return all_are_answered;
    if (all_are_answered) settle(std::max(deadline, Clock::now() + settling_time));
    if (const std::int64_t lost = carts_->outbox().acknowledged; lost > 0)
      log(LogLevel::error, "acknowledged changes are lost: Redis did not take them before cartd ended",
          {{"changes", lost}});
    return all_are_answered;
  }

 private:
  // Until nothing is pending. Beyond settling_time it goes on only for what was acknowledged.
  void settle(std::chrono::steady_clock::time_point deadline) {
    const auto soon = std::chrono::steady_clock::now() + settling_time;
    for (;;) {
      const OutboxReport outbox = carts_->outbox();
      const auto now = std::chrono::steady_clock::now();
      const bool goes_on = now < soon ? outbox.pending > 0 : outbox.acknowledged > 0 && now < deadline;
      if (!goes_on) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  Shard shard(Reactor& reactor) {
    switch (store_kind(settings_)) {
      case StoreKind::memory: return memory_shard(reactor);
      case StoreKind::embedded: return embedded_shard(reactor);
      case StoreKind::redis: return redis_shard(reactor);
      case StoreKind::postgresql: return database_shard(reactor);
      case StoreKind::mongodb: return mongodb_shard(reactor);
    }
    return {};
  }

  Shard memory_shard(Reactor& reactor) {
    const auto on_expired = [this] { expirations_.add(); };
    return {std::make_unique<MemoryCartStore>(reactor.io().get_executor(), clock_, budget_, on_expired),
            std::make_unique<MemoryUserStore>(settings_.policy.limits, budget_)};
  }

  Shard embedded_shard(Reactor& reactor) {
    const auto executor = reactor.io().get_executor();
    return {std::make_unique<EmbeddedCartStore>(executor, *embedded_),
            std::make_unique<EmbeddedUserStore>(executor, *embedded_, settings_.policy.limits)};
  }

  Shard database_shard(Reactor& reactor) {
    const auto executor = reactor.io().get_executor();
    return {std::make_unique<PostgresCartStore>(executor, *database_, settings_.policy, clock_,
                                                settings_.cache_size / settings_.threads),
            std::make_unique<PostgresUserStore>(executor, *database_, settings_.policy.limits)};
  }

  Shard mongodb_shard(Reactor& reactor) {
    const auto executor = reactor.io().get_executor();
    return {std::make_unique<MongodbCartStore>(executor, *mongodb_, settings_.policy, clock_,
                                               settings_.cache_size / settings_.threads),
            std::make_unique<MongodbUserStore>(executor, *mongodb_, settings_.policy.limits)};
  }

  Shard redis_shard(Reactor& reactor) {
    const auto on_expired = [this] { expirations_.add(); };
    clients_.push_back(std::make_unique<redis::Client>(reactor.io().get_executor(), *settings_.redis,
                                                       client_options(settings_), &watch_.observer()));
    redis::Client& client = *clients_.back();
    return {std::make_unique<RedisCartStore>(client, settings_.policy, clock_, on_expired,
                                             settings_.cache_size / settings_.threads,
                                             adoptions_.adoption(settings_.json_carts)),
            std::make_unique<RedisUserStore>(client, settings_.policy.limits)};
  }

  const Settings settings_;
  SystemClock clock_;
  Metrics metrics_;
  MemoryBudget budget_;
  LoopLag loop_lag_;
  RedisWatch watch_;
  AdoptionLog adoptions_;
  Counter& expirations_;
  Reactors reactors_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<EmbeddedStore> embedded_;
  std::optional<Checkpoints> checkpoints_{};
  std::unique_ptr<PostgresStore> database_;
  std::unique_ptr<MongodbStore> mongodb_;
  std::vector<std::unique_ptr<redis::Client>> clients_;
  std::vector<Shard> shards_;
  std::unique_ptr<CartService> carts_;
  std::unique_ptr<UserService> users_;
  std::unique_ptr<Moving> moving_;
  std::unique_ptr<rest::Context> context_;
  std::unique_ptr<http::Server> server_;
};

Composition::Composition(const Settings& settings) : impl_(std::make_unique<Impl>(settings)) {}
Composition::~Composition() = default;
void Composition::start() { impl_->start(); }
ListenAddress Composition::listening_on() const { return impl_->listening_on(); }
void Composition::announce_stop() { impl_->announce_stop(); }
bool Composition::drain() { return impl_->drain(); }

std::string carts_text(const Settings& settings) {
  switch (store_kind(settings)) {
    case StoreKind::memory: return "in memory";
    case StoreKind::embedded: return "in " + carts_folder(settings).string() + " (embedded, durable)";
    case StoreKind::redis: return "in Redis " + redis::printable(*settings.redis);
    case StoreKind::postgresql: return "in PostgreSQL " + postgres::printable(*settings.database);
    case StoreKind::mongodb: return "in MongoDB " + mongodb::printable(*settings.mongodb);
  }
  return "";
}

}  // namespace cartd::app
