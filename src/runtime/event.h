// Lets any number of coroutines sleep until something has changed, or a deadline has come.
#pragma once

#include "runtime/completion.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <list>
#include <utility>
#include <vector>

namespace cartd {

/// Remembers nothing: look at the condition before waiting, and again afterwards. Used on one executor, and outlives
/// those who wait.
class Event {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Event(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  /// Until the next raise().
  boost::asio::awaitable<void> wait() {
    auto keep = [this](auto handler) { waiting_.emplace_back(std::move(handler)); };
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(keep, boost::asio::use_awaitable);
  }

  /// Until the next raise() or `deadline`, which may be Time::max().
  boost::asio::awaitable<void> wait(Time deadline) { return deadline == Time::max() ? wait() : wait_until(deadline); }

  /// Everybody who waits goes on in a later turn of the loop.
  void raise() {
    for (Completion<>& waiter : waiting_) waiter.post();
    waiting_.clear();
    for (boost::asio::steady_timer* timer : timed_) timer->cancel();
  }

 private:
  struct Timed {
    Timed(Event& owner, Time deadline)
        : event(owner), timer(owner.executor_, deadline), place(owner.timed_.insert(owner.timed_.end(), &timer)) {}
    ~Timed() { event.timed_.erase(place); }
    Timed(const Timed&) = delete;
    Timed& operator=(const Timed&) = delete;

    Event& event;
    boost::asio::steady_timer timer;
    std::list<boost::asio::steady_timer*>::iterator place;
  };

  boost::asio::awaitable<void> wait_until(Time deadline) {
    Timed timed(*this, deadline);
    auto completion = boost::asio::as_tuple(boost::asio::use_awaitable);
    co_await timed.timer.async_wait(completion);
  }

  boost::asio::any_io_executor executor_;
  std::vector<Completion<>> waiting_{};
  std::list<boost::asio::steady_timer*> timed_{};
};

}  // namespace cartd
