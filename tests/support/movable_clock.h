// A clock that a test may stop and move.
//
// Threads: thread-safe.
#pragma once

#include "runtime/clock.h"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace cartd::test {

/// The machine's time plus what the test adds to it; never stands still in the past of a real store.
class MovableClock final : public Clock {
 public:
  std::chrono::sys_time<std::chrono::microseconds> now() const override {
    const std::int64_t at = frozen_at_;
    return at == runs ? SystemClock().now()
                      : std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(at));
  }
  /// Stands still at the machine's time, whatever was added before.
  void freeze() { set(SystemClock().now()); }
  void advance(std::chrono::microseconds by) { set(now() + by); }

 private:
  static constexpr std::int64_t runs = -1;

  void set(std::chrono::sys_time<std::chrono::microseconds> time) { frozen_at_ = time.time_since_epoch().count(); }

  std::atomic<std::int64_t> frozen_at_ = runs;  ///< Microseconds since 1970. A store's own threads may look at it.
};

}  // namespace cartd::test
