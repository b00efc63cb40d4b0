// A client that changes carts straight in Redis, beside the cartds, as docs/redis-layout.md permits it.
#pragma once

#include "chaos/checker/history.h"
#include "chaos/workload/workload.h"
#include "support/redis_probe.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace cartd::test {

/// Belongs to one thread.
class PlainClient {
 public:
  /// `history` outlives the client. Times count from `began`.
  PlainClient(int number, std::uint16_t redis_port, History& history, std::chrono::steady_clock::time_point began);

  /// Sends the operation, one of hincrby, hset, hdel and del, once, and records it. Throws std::runtime_error when
  /// Redis answers an error.
  void attempt(const Operation& operation);

 private:
  Moment now() const;

  const int number_;
  const std::uint16_t redis_port_;
  History& history_;
  const std::chrono::steady_clock::time_point began_;
  std::optional<RedisProbe> connection_;
};

}  // namespace cartd::test
