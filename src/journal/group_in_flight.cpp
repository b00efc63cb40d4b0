#include "journal/group_in_flight.h"

#include <utility>

namespace cartd::journal {
namespace {

Error unknown() {
  return Error{Errc::outcome_unknown,
               "the journal's disk does not answer in time; the change may have been applied, or may be applied later"};
}

}  // namespace

void GroupInFlight::begin() {
  const std::lock_guard lock(mutex_);
  busy_ = true;
  seen_ = 0;
  since_ = Clock::now();
}

void GroupInFlight::add(std::vector<Answered> waiting) {
  const std::lock_guard lock(mutex_);
  waiting_ = std::move(waiting);
}

std::vector<Answered> GroupInFlight::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(waiting_, {});
}

void GroupInFlight::end() {
  std::chrono::duration<double> took{};
  bool tell = false;
  {
    const std::lock_guard lock(mutex_);
    busy_ = false;
    stalled_ = false;
    took = Clock::now() - since_;
    tell = std::exchange(logged_, false);
  }
  if (tell) log(LogLevel::warn, "the journal's disk answers again", {{"seconds", took.count()}});
}

bool GroupInFlight::look() {
  bool tell = false;
  std::chrono::duration<double> age{};
  {
    const std::lock_guard lock(mutex_);
    if (!busy_ || stalled_) return stalled_;
    if (seen_++ < looks_) return false;
    stalled_ = true;
    age = Clock::now() - since_;
    tell = logged_ = lines_.pass().has_value();
  }
  if (tell)
    log(LogLevel::error, "the journal's disk does not answer; changes are refused until it does",
        {{"seconds", age.count()}});
  return true;
}

std::vector<Answered> GroupInFlight::give_up() {
  std::vector<Answered> waiting;
  {
    const std::lock_guard lock(mutex_);
    if (!stalled_) return {};
    waiting = std::exchange(waiting_, {});
  }
  for (auto& [waiter, result] : waiting) {
    if (result) result = unknown();
  }
  return waiting;
}

std::chrono::milliseconds GroupInFlight::age() const {
  const std::lock_guard lock(mutex_);
  return busy_ ? std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since_)
               : std::chrono::milliseconds(0);
}

}  // namespace cartd::journal
