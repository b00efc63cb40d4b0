#include "runtime/calls.h"

#include <boost/asio/post.hpp>

namespace cartd {

Calls::Calls(boost::asio::any_io_executor executor) : executor_(std::move(executor)), timer_(executor_) {}

Calls::Number Calls::add(Deadline deadline, Completion<bool> completion) {
  const Number number = ++last_;
  const auto due = due_.emplace_hint(due_.end(), deadline, number);
  waiting_.emplace(number, Waiting{std::move(completion), due});
  if (deadline < timer_at_) expect_next();
  return number;
}

void Calls::done(std::vector<Number> numbers) {
  boost::asio::post(executor_, [weak = weak_from_this(), these = std::move(numbers)] {
    for (const Number number : these)
      if (const auto self = weak.lock()) self->resume(number, true);
  });
}

void Calls::resume(Number number, bool in_time) {
  const auto found = waiting_.find(number);
  if (found == waiting_.end()) return;
  Completion<bool> completion = std::move(found->second.completion);
  due_.erase(found->second.due);
  waiting_.erase(found);
  completion.call(in_time);
}

// The timer runs for the first deadline that there was when it was set: mostly its call has been answered since.
void Calls::expect_next() {
  timer_at_ = due_.empty() ? Deadline::max() : due_.begin()->first;
  if (timer_at_ == Deadline::max()) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(timer_at_);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
    const auto self = weak.lock();
    if (!ec && self) self->look_at_deadlines();
  });
}

void Calls::look_at_deadlines() {
  const Deadline now = Deadline::clock::now();
  while (!due_.empty() && due_.begin()->first <= now) resume(due_.begin()->second, false);
  expect_next();
}

void Calls::clear() {
  timer_.cancel();
  due_.clear();
  // What is destroyed may look in here.
  const auto waiting = std::exchange(waiting_, {});
}

}  // namespace cartd
