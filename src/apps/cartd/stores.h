// The stores that the settings name: opened once, and a shard of them for each loop.
//
// Threads: to be used from the thread that owns it, before the reactors run and after they have ended.
#pragma once

#include "apps/cartd/adoption_log.h"
#include "apps/cartd/config.h"
#include "apps/cartd/redis_watch.h"
#include "redis/client.h"
#include "runtime/clock.h"
#include "runtime/metrics.h"
#include "runtime/reactor.h"
#include "store/embedded/embedded_store.h"
#include "store/memory/memory_cart_store.h"
#include "store/mongodb/mongodb_store.h"
#include "store/postgres/postgres_store.h"
#include "store/shard.h"

#include <memory>
#include <vector>

namespace cartd::app {

/// Makes the data directory, if it is not there. Throws std::runtime_error when it cannot be made.
void make_data_dir(const Settings& settings);

class Stores {
 public:
  /// All arguments outlive it. Throws std::runtime_error, with one line for people, when a folder or a database is not
  /// for this cartd. A Redis or a database that cannot be reached is no failure.
  Stores(const Settings& settings, const Clock& clock, Metrics& metrics, MemoryBudget& budget, Reactors& reactors);
  Stores(const Stores&) = delete;
  Stores& operator=(const Stores&) = delete;

  /// One for each reactor; to be asked for once. They use this.
  std::vector<Shard> shards();

  /// Connects to Redis.
  void start();

  EmbeddedStore* embedded() { return embedded_.get(); }  ///< Null: carts are elsewhere.

 private:
  Shard shard(Reactor& reactor);
  Shard memory_shard(Reactor& reactor);
  Shard embedded_shard(Reactor& reactor);
  Shard database_shard(Reactor& reactor);
  Shard mongodb_shard(Reactor& reactor);
  Shard redis_shard(Reactor& reactor);

  const Settings& settings_;
  const Clock& clock_;
  MemoryBudget& budget_;
  Reactors& reactors_;
  RedisWatch watch_;
  AdoptionLog adoptions_;
  Counter& expirations_;
  std::unique_ptr<EmbeddedStore> embedded_;
  std::unique_ptr<PostgresStore> database_;
  std::unique_ptr<MongodbStore> mongodb_;
  std::vector<std::unique_ptr<redis::Client>> clients_{};
};

}  // namespace cartd::app
