// Lets one coroutine sleep until another part of the same executor has something for it.
#pragma once

#include "redis/connection/completion.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace cartd::redis {

/// Remembers nothing: look at the condition before waiting, and again afterwards.
class Signal {
 public:
  /// Until the next raise(). One waiter at a time.
  boost::asio::awaitable<void> wait(boost::asio::any_io_executor executor) {
    auto keep = [this, executor](auto handler) { waiter_ = Completion<>(std::move(handler), executor); };
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(keep, boost::asio::use_awaitable);
  }

  /// The waiter, if there is one, goes on in a later turn of the loop.
  void raise() {
    if (waiter_) waiter_();
  }

 private:
  Completion<> waiter_;
};

}  // namespace cartd::redis
