// The objects that all connections of one server share.
//
// Threads: everything here is thread-safe.
#pragma once

#include "http/client_memory.h"
#include "http/failure_log.h"
#include "http/options.h"
#include "http/router.h"
#include "http/traffic.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>

namespace cartd::http {

/// How many connections are open, and a way to wait until none is.
class ConnectionCount {
 public:
  /// One more. Answers how many there are with it.
  std::size_t enter();
  void leave();
  std::size_t open() const { return open_.load(std::memory_order_relaxed); }
  /// False when some were still there at the end of `patience`.
  bool wait_for_none(std::chrono::milliseconds patience);

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  std::atomic<std::size_t> open_{0};  ///< Changed under the mutex.
};

struct Site {
  Site(Router its_router, Metrics& metrics, Options its_options)
      : options(std::move(its_options)),
        router(std::move(its_router)),
        traffic(router, metrics),
        memory(options.limits.memory_bytes, options.memory_limit, metrics) {}

  const Options options;
  const Router router;
  Traffic traffic;
  FailureLog failures;
  LogThrottle defects;  ///< Of the lines about answers with 500.
  ClientMemory memory;
  ConnectionCount connections;
};

}  // namespace cartd::http
