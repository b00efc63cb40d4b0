// One run's time and chance: what happens when, by a seed. The same seed gives the same run.
#pragma once

#include "domain/time.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <ostream>
#include <queue>
#include <random>
#include <utility>
#include <vector>

namespace cartd::simulation {

/// Times are milliseconds since the beginning of the run.
class Schedule {
 public:
  using Action = std::function<void()>;
  using SteadyTime = std::chrono::steady_clock::time_point;

  /// With a `trace`, what happens is written there, one event a line.
  explicit Schedule(std::uint64_t seed, std::ostream* trace = nullptr) : random_(seed), trace_(trace) {}

  int now() const { return now_; }
  SteadyTime steady_now() const { return SteadyTime(std::chrono::milliseconds(now_)); }
  static int time_of(SteadyTime time);
  /// What a right clock shows, and one that is `offset` ahead.
  Time wall_now(std::chrono::milliseconds offset = {}) const;

  /// Actions of the same time run in the order in which they were given.
  void at(int time, Action action);
  void after(int delay, Action action) { at(now_ + delay, std::move(action)); }
  /// Goes on to the next action and runs it. False when there is none.
  bool run_next();

  int between(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }
  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }
  bool chance(int percent) { return between(1, 100) <= percent; }

  template <class... Parts>
  void trace(const Parts&... parts) {
    if (!trace_) return;
    *trace_ << now_ << ": ";
    (*trace_ << ... << parts) << '\n';
  }

 private:
  struct Event {
    int time;
    std::uint64_t number;
    Action action;
    bool operator<(const Event& other) const { return std::pair(time, number) > std::pair(other.time, other.number); }
  };

  std::mt19937_64 random_;
  std::ostream* const trace_;
  int now_ = 0;
  std::uint64_t last_number_ = 0;
  std::priority_queue<Event> events_;
};

}  // namespace cartd::simulation
