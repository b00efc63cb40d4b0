#include "apps/cartd/stores.h"

#include "runtime/spawn.h"
#include "store/embedded/embedded_cart_store.h"
#include "store/embedded/embedded_user_store.h"
#include "store/memory/memory_user_store.h"
#include "store/mongodb/mongodb_cart_store.h"
#include "store/mongodb/mongodb_user_store.h"
#include "store/postgres/postgres_cart_store.h"
#include "store/postgres/postgres_user_store.h"
#include "store/redis/redis_cart_store.h"
#include "store/redis/redis_user_store.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

namespace cartd::app {
namespace {

redis::ClientOptions client_options(const Settings& settings) {
  redis::ClientOptions options;
  options.patience = settings.store_deadline;
  options.retention = settings.retention;
  if (settings.redis && !settings.redis->client_name.empty()) options.link.client_name = settings.redis->client_name;
  return options;
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

}  // namespace

void make_data_dir(const Settings& settings) {
  std::error_code failed;
  std::filesystem::create_directory(settings.data_dir, failed);
  if (failed) throw std::runtime_error(where_of_data(settings) + failed.message());
}

Stores::Stores(const Settings& settings, const Clock& clock, Metrics& metrics, MemoryBudget& budget, Reactors& reactors)
    : settings_(settings),
      clock_(clock),
      budget_(budget),
      reactors_(reactors),
      watch_(metrics, settings.redis ? servers_named(*settings.redis) : ""),
      adoptions_(metrics),
      expirations_(metrics.counter("cartd_expirations_total", "Expired carts that a command met.", {})),
      embedded_(open_embedded(settings, clock, metrics, expirations_)),
      database_(open_database(settings, metrics, expirations_)),
      mongodb_(open_mongodb(settings, metrics, expirations_)) {}

std::vector<Shard> Stores::shards() {
  std::vector<Shard> shards;
  for (std::size_t i = 0; i < reactors_.size(); ++i) shards.push_back(shard(reactors_[i]));
  return shards;
}

void Stores::start() {
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    boost::asio::post(reactors_[i].io(), [&client = *clients_[i]] { client.start(); });
    spawn(reactors_[i].io().get_executor(), "publish the figures of a Redis client",
          keep_looking(watch_, i, *clients_[i]));
  }
}

Shard Stores::shard(Reactor& reactor) {
  switch (store_kind(settings_)) {
    case StoreKind::memory: return memory_shard(reactor);
    case StoreKind::embedded: return embedded_shard(reactor);
    case StoreKind::redis: return redis_shard(reactor);
    case StoreKind::postgresql: return database_shard(reactor);
    case StoreKind::mongodb: return mongodb_shard(reactor);
  }
  return {};
}

Shard Stores::memory_shard(Reactor& reactor) {
  const auto on_expired = [this] { expirations_.add(); };
  return {std::make_unique<MemoryCartStore>(reactor.io().get_executor(), clock_, budget_, on_expired),
          std::make_unique<MemoryUserStore>(settings_.policy.limits, budget_)};
}

Shard Stores::embedded_shard(Reactor& reactor) {
  const auto executor = reactor.io().get_executor();
  return {std::make_unique<EmbeddedCartStore>(executor, *embedded_),
          std::make_unique<EmbeddedUserStore>(executor, *embedded_, settings_.policy.limits)};
}

Shard Stores::database_shard(Reactor& reactor) {
  const auto executor = reactor.io().get_executor();
  return {std::make_unique<PostgresCartStore>(executor, *database_, settings_.policy, clock_,
                                              settings_.cache_size / settings_.threads),
          std::make_unique<PostgresUserStore>(executor, *database_, settings_.policy.limits)};
}

Shard Stores::mongodb_shard(Reactor& reactor) {
  const auto executor = reactor.io().get_executor();
  return {std::make_unique<MongodbCartStore>(executor, *mongodb_, settings_.policy, clock_,
                                             settings_.cache_size / settings_.threads),
          std::make_unique<MongodbUserStore>(executor, *mongodb_, settings_.policy.limits)};
}

Shard Stores::redis_shard(Reactor& reactor) {
  const auto on_expired = [this] { expirations_.add(); };
  clients_.push_back(std::make_unique<redis::Client>(reactor.io().get_executor(), *settings_.redis,
                                                     client_options(settings_), &watch_.observer()));
  redis::Client& client = *clients_.back();
  return {std::make_unique<RedisCartStore>(client, settings_.policy, clock_, on_expired,
                                           settings_.cache_size / settings_.threads,
                                           adoptions_.adoption(settings_.json_carts)),
          std::make_unique<RedisUserStore>(client, settings_.policy.limits)};
}

}  // namespace cartd::app
