// Lets any number of coroutines sleep until something has changed, or a deadline has come.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <list>
#include <utility>

namespace cartd::redis {

/// Remembers nothing: look at the condition before waiting, and again afterwards. Used on one executor, and outlives
/// those who wait.
class Event {
 public:
  explicit Event(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  /// Until the next raise() or `deadline`.
  boost::asio::awaitable<void> wait(std::chrono::steady_clock::time_point deadline) {
    Waiter waiter(*this, deadline);
    auto completion = boost::asio::as_tuple(boost::asio::use_awaitable);
    co_await waiter.timer.async_wait(completion);
  }

  /// Everybody who waits goes on in a later turn of the loop.
  void raise() {
    for (boost::asio::steady_timer* timer : waiting_) timer->cancel();
  }

 private:
  struct Waiter {
    Waiter(Event& owner, std::chrono::steady_clock::time_point deadline)
        : event(owner), timer(owner.executor_, deadline), place(owner.waiting_.insert(owner.waiting_.end(), &timer)) {}
    ~Waiter() { event.waiting_.erase(place); }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    Event& event;
    boost::asio::steady_timer timer;
    std::list<boost::asio::steady_timer*>::iterator place;
  };

  boost::asio::any_io_executor executor_;
  std::list<boost::asio::steady_timer*> waiting_{};
};

}  // namespace cartd::redis
