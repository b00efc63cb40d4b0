#include "store/mongodb/call_queue.h"

#include <iterator>
#include <utility>

namespace cartd::mongodb {
namespace {

std::size_t bytes_of(const Call& call) {
  return sizeof(Call) + call.operation.filter.size() + call.operation.body.size();
}

}  // namespace

bool CallQueue::add(CallPtr call) {
  {
    const std::size_t bytes = bytes_of(*call);
    const std::lock_guard lock(mutex_);
    if (bytes_ + bytes > max_bytes_) return false;
    bytes_ += bytes;
    Call& added = *call;
    queue_.push_back(std::move(call));
    added.place = std::prev(queue_.end());
  }
  wake_.notify_one();
  return true;
}

bool CallQueue::withdraw(Call& call) {
  CallPtr kept;  // So that it does not end inside.
  const std::lock_guard lock(mutex_);
  if (!call.place) return false;
  kept = remove(*call.place);
  return true;
}

CallPtr CallQueue::take() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || (!held_ && !queue_.empty()); });
  return stopping_ ? nullptr : remove(queue_.begin());
}

void CallQueue::hold() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

void CallQueue::release() {
  {
    const std::lock_guard lock(mutex_);
    held_ = false;
  }
  wake_.notify_all();
}

std::vector<CallPtr> CallQueue::take_all() {
  std::vector<CallPtr> all;
  const std::lock_guard lock(mutex_);
  while (!queue_.empty()) all.push_back(remove(queue_.begin()));
  return all;
}

void CallQueue::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
}

CallPtr CallQueue::remove(std::list<CallPtr>::iterator place) {
  CallPtr call = std::move(*place);
  bytes_ -= bytes_of(*call);
  queue_.erase(place);
  call->place.reset();
  return call;
}

}  // namespace cartd::mongodb
