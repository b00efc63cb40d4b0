#include "http/site.h"

namespace cartd::http {

std::size_t ConnectionCount::enter() {
  const std::lock_guard lock(mutex_);
  return ++open_;
}

void ConnectionCount::leave() {
  const std::lock_guard lock(mutex_);
  if (--open_ == 0) none_.notify_all();
}

bool ConnectionCount::wait_for_none(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return none_.wait_for(lock, patience, [this] { return open_ == 0; });
}

}  // namespace cartd::http
