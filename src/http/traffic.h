// The server's metrics about requests.
//
// Threads: everything here is thread-safe, and costs no look-up by name once a route and status were seen.
#pragma once

#include "http/router.h"
#include "runtime/metrics.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <vector>

namespace cartd::http {

class Traffic {
 public:
  /// Both outlive it.
  Traffic(const Router& router, Metrics& metrics);

  /// One request answered. `route` is null when none was found: then neither path nor method name a label, because
  /// clients could make up any number of them.
  void count(const Route* route, bool head, unsigned status, std::chrono::steady_clock::duration took);

  /// Open connections of the process.
  void connections(double change) { connections_.add(change); }

 private:
  static constexpr std::size_t max_status = 600;
  using Row = std::array<std::atomic<Counter*>, max_status>;

  const std::vector<Route>& routes_;
  Metrics& metrics_;
  std::vector<Row> counters_;          ///< By route, as GET's HEAD, and last without a route.
  std::vector<Histogram*> durations_;  ///< By route, and last without a route.
  UpDownCounter& connections_;
};

}  // namespace cartd::http
