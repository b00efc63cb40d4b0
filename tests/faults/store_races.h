// cartds on each store, for clients that race.
#pragma once

#include "apps/programs.h"
#include "support/mongodb_server.h"
#include "support/postgres_server.h"
#include "support/redis_server.h"
#include "support/temp_dir.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cartd::test {

/// The stores that clients race on: the Redis-like servers on this machine, "memory", "embedded", "postgres", and
/// "mongodb" where there is a server.
std::vector<std::string> race_stores();

/// The pieces of each SKU.
std::map<std::string, int> pieces_of(const nlohmann::json& items);

class StoreRaces : public testing::TestWithParam<std::string> {
 protected:
  /// TEST_ROUNDS, or 200; on FerretDB fewer, as it looks at every cart there is in each update.
  static int its_rounds();

  /// Two cartds where two can share a store.
  StoreRaces();

  std::uint16_t port(int client) const { return others_ && client % 2 == 1 ? others_->port() : cartd_->port(); }
  /// Ends the first cartd at once, and starts another one on the same store.
  void crash();

 private:
  void start();

  const TempDir folder_;
  std::optional<RedisServer> redis_{};
  std::optional<PostgresServer> database_{};
  std::optional<MongodbServer> mongodb_{};
  std::vector<std::string> arguments_{"--store-deadline", "20s"};
  Variables variables_{};
  std::optional<RunningCartd> others_{};
  std::optional<RunningCartd> cartd_{};
};

}  // namespace cartd::test
