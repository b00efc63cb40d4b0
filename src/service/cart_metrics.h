// The service's metrics. Thread-safe, and cheap enough for every request.
#pragma once

#include "domain/command.h"
#include "domain/decide.h"
#include "domain/error.h"
#include "runtime/metrics.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>

namespace cartd {

class CartMetrics {
 public:
  /// `metrics` outlives this.
  explicit CartMetrics(Metrics& metrics);

  void count_change(CommandKind kind, Effect effect);
  void count_change(CommandKind kind, Errc error);
  void count_read(bool hit);
  void observe_lines(std::size_t lines);
  void observe_find(std::chrono::steady_clock::duration took);
  void observe_apply(std::chrono::steady_clock::duration took);

 private:
  static constexpr std::size_t kinds = command_kinds;
  static constexpr std::size_t effects = static_cast<std::size_t>(Effect::replayed) + 1;
  static constexpr std::size_t outcomes = effects + static_cast<std::size_t>(Errc::corrupt) + 1;

  void count(CommandKind kind, std::size_t outcome, const char* name);

  Metrics& metrics_;
  std::array<std::array<std::atomic<Counter*>, outcomes>, kinds> changes_{};  ///< Filled as they occur.
  Counter& hits_;
  Counter& misses_;
  Histogram& lines_;
  Histogram& find_seconds_;
  Histogram& apply_seconds_;
};

}  // namespace cartd
