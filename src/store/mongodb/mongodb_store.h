// Carts and users in a MongoDB database, which any number of cartds share: durable before the answer. All loops share
// the connections to it; each loop has a MongodbCartStore and a MongodbUserStore.
//
// docs/mongodb-layout.md says what is in the collections. Nothing here needs transactions of several documents.
//
// Damage: a document that cannot be decoded answers Errc::corrupt; all others are served.
#pragma once

#include "runtime/clock.h"
#include "runtime/metrics.h"
#include "store/cart_store.h"
#include "store/mongodb/database.h"
#include "store/mongodb/sweeper.h"

#include <boost/system/result.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace cartd {

/// Thread-safe.
class MongodbStore {
 public:
  struct Options {
    mongodb::Database::Options database;
    std::chrono::milliseconds sweep_interval = std::chrono::minutes(1);  ///< Between two looks for forgotten records.
    /// Called once for an expired cart that is started anew or forgotten, on any thread; may be empty.
    std::function<void()> on_expired{};
  };

  /// Waits a moment for the database; one that cannot be reached is tried again for ever. Or a clause for the operator:
  /// the database has the collections of a later cartd. `metrics` outlives the store.
  static boost::system::result<std::unique_ptr<MongodbStore>, std::string> open(Options options, Metrics& metrics);

  // For the stores of the loops.
  mongodb::Database& database() { return database_; }
  /// Another one with each call, and not one of another process. Never 0.
  Token next_token();
  void count_expired() const;
  void count_corrupt() { corrupt_.add(); }

 private:
  MongodbStore(Options options, Metrics& metrics);

  const Options options_;
  Counter& corrupt_;
  std::atomic<Token> last_token_;
  mongodb::Database database_;
  mongodb::Sweeper sweeper_;
};

}  // namespace cartd
