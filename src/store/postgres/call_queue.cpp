#include "store/postgres/call_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cartd::postgres {
namespace {

// A group ends with the statement with which it has as much.
constexpr std::size_t group_bytes = std::size_t{1} << 20;

bool writes_same_row(const Group& group, const Call& call) {
  return std::any_of(group.begin(), group.end(), [&](const CallPtr& taken) { return taken->row == call.row; });
}

}  // namespace

std::size_t bytes_of(const Call& call) {
  std::size_t bytes = sizeof(Call) + call.row.size();
  for (const Parameter& parameter : call.parameters)
    bytes += sizeof(Parameter) + (parameter.value ? parameter.value->size() : 0);
  return bytes;
}

bool CallQueue::add(CallPtr call) {
  const std::size_t bytes = bytes_of(*call);
  const std::lock_guard lock(mutex_);
  if (bytes_ + bytes > max_bytes_) return false;
  bytes_ += bytes;
  Call& added = *call;
  queue_.push_back(std::move(call));
  added.place = std::prev(queue_.end());
  return true;
}

void CallQueue::put_back(const Group& group) {
  const std::lock_guard lock(mutex_);
  for (auto call = group.rbegin(); call != group.rend(); ++call) {
    bytes_ += bytes_of(**call);
    queue_.push_front(*call);
    (*call)->place = queue_.begin();
  }
}

bool CallQueue::withdraw(Call& call) {
  CallPtr kept;  // So that it does not end inside.
  const std::lock_guard lock(mutex_);
  if (!call.place) return false;
  kept = **call.place;
  remove(call);
  return true;
}

void CallQueue::remove(Call& call) {
  bytes_ -= bytes_of(call);
  queue_.erase(*std::exchange(call.place, std::nullopt));
}

Group CallQueue::take(std::size_t sessions, std::size_t most) {
  Group group;
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return group;
  const std::size_t share = std::clamp<std::size_t>((queue_.size() + sessions - 1) / sessions, 1, most);
  std::size_t bytes = 0;
  while (!queue_.empty() && group.size() < share && bytes < group_bytes) {
    const CallPtr next = queue_.front();
    const bool fits =
        group.empty() ||
        (!next->goes_alone && !group.front()->goes_alone && next->statement->kind == group.front()->statement->kind &&
         (next->statement->kind == Statement::Kind::read || !writes_same_row(group, *next)));
    if (!fits) break;
    bytes += bytes_of(*next);
    remove(*next);
    group.push_back(next);
  }
  std::stable_sort(group.begin(), group.end(), [](const CallPtr& a, const CallPtr& b) { return a->row < b->row; });
  return group;
}

Group CallQueue::take_all() {
  const std::lock_guard lock(mutex_);
  Group all(queue_.begin(), queue_.end());
  queue_.clear();
  bytes_ = 0;
  for (const CallPtr& call : all) call->place.reset();
  return all;
}

}  // namespace cartd::postgres
