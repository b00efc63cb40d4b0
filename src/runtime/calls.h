// The coroutines of one event loop that wait for another thread, each until it is answered or its deadline has come.
//
// Threads: all of it belongs to the loop, but for done(), which any thread may call.
#pragma once

#include "runtime/completion.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cartd {

class Calls : public std::enable_shared_from_this<Calls> {
 public:
  using Number = std::uint64_t;
  using Deadline = std::chrono::steady_clock::time_point;

  /// To be held by a shared pointer. `executor` is the loop's.
  explicit Calls(boost::asio::any_io_executor executor);

  /// Calls `submit` with the number of the call, and waits until done() is called with it. False when the deadline came
  /// before.
  template <class Submit>
  boost::asio::awaitable<bool> wait(Deadline deadline, Submit submit) {
    auto begin = [this, deadline, &submit](auto handler) {
      submit(add(deadline, Completion<bool>(std::move(handler))));
    };
    co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(bool)>(
        begin, boost::asio::use_awaitable);
  }

  /// Resumes those of these calls that still wait: with one trip to the loop.
  void done(std::vector<Number> numbers);

  /// Destroys the coroutines that wait. When the loop has ended.
  void clear();

 private:
  struct Waiting {
    Completion<bool> completion;
    std::multimap<Deadline, Number>::iterator due;
  };

  Number add(Deadline deadline, Completion<bool> completion);
  void resume(Number number, bool in_time);
  void look_at_deadlines();
  void expect_next();

  boost::asio::any_io_executor executor_;
  boost::asio::steady_timer timer_;
  Deadline timer_at_ = Deadline::max();
  Number last_ = 0;
  std::unordered_map<Number, Waiting> waiting_{};
  std::multimap<Deadline, Number> due_{};
};

}  // namespace cartd
