// Whoever waits for an event, whatever its type: a handler that is kept until it is called, once. (Boost.Asio has such a
// type only from 1.82 on.)
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <tuple>
#include <utility>

namespace cartd::redis {

/// Movable. The call only queues the handler, on the handler's own executor: nothing runs inside it. A handler that is
/// never called is destroyed, and with it the coroutine that waits.
template <class... Args>
class Completion {
 public:
  Completion() = default;
  /// `fallback` serves a handler that has no executor of its own.
  template <class Handler>
  Completion(Handler handler, const boost::asio::any_io_executor& fallback)
      : target_(std::make_unique<Target<Handler>>(std::move(handler), fallback)) {}

  explicit operator bool() const { return target_ != nullptr; }

  /// Once, and only when it is not empty; empty afterwards.
  void operator()(Args... args) {
    const std::unique_ptr<Base> target = std::move(target_);
    target->post(std::move(args)...);
  }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual void post(Args... args) = 0;
  };

  template <class Handler>
  struct Target final : Base {
    Target(Handler from, const boost::asio::any_io_executor& fallback)
        : handler(std::move(from)), work(boost::asio::get_associated_executor(handler, fallback)) {}

    void post(Args... args) override {
      boost::asio::post(work.get_executor(), [to_call = std::move(handler), values = std::tuple<Args...>(std::move(args)...)]() mutable {
        std::apply(std::move(to_call), std::move(values));
      });
    }

    Handler handler;
    boost::asio::executor_work_guard<boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>> work;
  };

  std::unique_ptr<Base> target_;
};

}  // namespace cartd::redis
