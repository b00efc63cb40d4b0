#include "simulation/schedule.h"

#include <algorithm>
#include <limits>

namespace cartd::simulation {
namespace {

constexpr std::chrono::milliseconds start_of_time(1'700'000'000'000);  // since the Unix epoch

}  // namespace

Time Schedule::wall_now(std::chrono::milliseconds offset) const {
  return Time{start_of_time + std::chrono::milliseconds(now_) + offset};
}

int Schedule::time_of(SteadyTime time) {
  const auto since_start = std::chrono::ceil<std::chrono::milliseconds>(time.time_since_epoch()).count();
  return static_cast<int>(std::min<std::chrono::milliseconds::rep>(since_start, std::numeric_limits<int>::max()));
}

void Schedule::at(int time, Action action) { events_.push({time, ++last_number_, std::move(action)}); }

bool Schedule::run_next() {
  if (events_.empty()) return false;
  const Event event = events_.top();
  events_.pop();
  now_ = event.time;
  event.action();
  return true;
}

}  // namespace cartd::simulation
