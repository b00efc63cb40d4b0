// Carts and users in a PostgreSQL database, which any number of cartds share: durable before the answer. All loops
// share the sessions with it; each loop has a PostgresCartStore and a PostgresUserStore.
//
// The tables are made, and brought up to date, by cartd (schema.h); docs/postgresql-layout.md says what is in them.
//
// Damage: a row that cannot be decoded answers Errc::corrupt; all others are served.
#pragma once

#include "runtime/clock.h"
#include "runtime/metrics.h"
#include "store/cart_store.h"
#include "store/postgres/database.h"
#include "store/postgres/sweeper.h"

#include <boost/system/result.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace cartd {

/// Thread-safe.
class PostgresStore {
 public:
  struct Options {
    postgres::Database::Options database;
    std::chrono::milliseconds sweep_interval = std::chrono::minutes(1);  ///< Between two looks for forgotten records.
    /// Called once for an expired cart that is started anew or forgotten, on any thread; may be empty.
    std::function<void()> on_expired{};
  };

  /// Waits a moment for the database; one that cannot be reached is tried again for ever. Or a clause for the operator:
  /// the database has the tables of a later cartd. `metrics` outlives the store.
  static boost::system::result<std::unique_ptr<PostgresStore>, std::string> open(Options options, Metrics& metrics);

  // For the stores of the loops.
  postgres::Database& database() { return database_; }
  /// Another one with each call, and not one of another process. Never 0.
  Token next_token();
  void count_expired() const;

 private:
  PostgresStore(Options options, Metrics& metrics);

  const Options options_;
  std::atomic<Token> last_token_;
  postgres::Database database_;
  postgres::Sweeper sweeper_;
};

}  // namespace cartd
