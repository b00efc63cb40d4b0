// Notices when an event loop is held up, so that deadlines that passed meanwhile are not blamed on others.
//
// Threads: thread-safe.
#pragma once

#include "runtime/log.h"
#include "runtime/metrics.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>

namespace cartd {

enum class HeldUp {
  no,
  not_scheduled,  ///< The thread did not run: the machine or the container had no CPU for it, or the process was
                  ///< stopped.
  busy,           ///< The thread ran all the time: one task kept the loop from the others.
};

/// Judges why a timer came late by `lag`, when the thread had used `worked` of CPU time since the timer was
/// set. Pure.
HeldUp judge_lag(std::chrono::nanoseconds lag, std::chrono::nanoseconds worked);

class LoopLag {
 public:
  /// `metrics` outlives this.
  explicit LoopLag(Metrics& metrics);

  /// Measures the loop that it runs on, as long as that runs. This outlives the loop.
  boost::asio::awaitable<void> measure();

 private:
  void observe(std::chrono::nanoseconds lag, std::chrono::nanoseconds worked);

  Histogram& lag_;
  LogThrottle not_scheduled_{};
  LogThrottle busy_{};
};

}  // namespace cartd
