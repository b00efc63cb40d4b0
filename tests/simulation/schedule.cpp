#include "simulation/schedule.h"

namespace cartd::simulation {
namespace {

constexpr std::chrono::milliseconds start_of_time(1'700'000'000'000);  // since the Unix epoch

}  // namespace

Time Schedule::wall_now(std::chrono::milliseconds offset) const {
  return Time{start_of_time + std::chrono::milliseconds(now_) + offset};
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
