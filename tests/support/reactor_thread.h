// A loop on a thread of its own, for a test that awaits coroutines from outside.
#pragma once

#include "runtime/reactor.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace cartd::test {

/// Runs from construction to destruction. run() and call() are for other threads than the loop's own.
class ReactorThread {
 public:
  ReactorThread() : reactors_(1) { reactors_.start(); }

  /// Ends the loop as it stands and joins its thread: for owners of something that runs on it, before they destroy
  /// that.
  void stop() { reactors_.stop(); }

  Reactor& reactor() { return reactors_[0]; }
  boost::asio::any_io_executor executor() { return reactor().io().get_executor(); }

  /// The result of `task`, awaited on the loop. Throws what it throws, and std::runtime_error when it takes a minute.
  template <class T>
  T run(boost::asio::awaitable<T> task) {
    return start(std::move(task))();
  }

  /// Starts `task` on the loop. The function that comes back waits for its result, as run() does, and is called once.
  template <class T>
  std::function<T()> start(boost::asio::awaitable<T> task) {
    // In an optional, as co_spawn wants a default value of whatever it hands over.
    auto result = std::make_shared<std::optional<T>>();
    auto done = std::make_shared<std::promise<void>>();
    auto fill = [](boost::asio::awaitable<T> work,
                   std::shared_ptr<std::optional<T>> slot) -> boost::asio::awaitable<void> {
      slot->emplace(co_await std::move(work));
    };
    boost::asio::co_spawn(executor(), fill(std::move(task), result), settle(done));
    return [result, done]() -> T {
      await(*done);
      return std::move(**result);
    };
  }

  void run(boost::asio::awaitable<void> task) {
    auto done = std::make_shared<std::promise<void>>();
    boost::asio::co_spawn(executor(), std::move(task), settle(done));
    await(*done);
  }

  /// What `function` returns, called on the loop's thread.
  template <class Function>
  auto call(Function function) {
    auto task = [](Function body) -> boost::asio::awaitable<std::invoke_result_t<Function>> { co_return body(); };
    return run(task(std::move(function)));
  }

 private:
  static std::function<void(std::exception_ptr)> settle(std::shared_ptr<std::promise<void>> done) {
    return [done](std::exception_ptr error) {
      if (error) {
        done->set_exception(error);
      } else {
        done->set_value();
      }
    };
  }

  static void await(std::promise<void>& done) {
    std::future<void> ready = done.get_future();
    if (ready.wait_for(std::chrono::minutes(1)) != std::future_status::ready)
      throw std::runtime_error("a coroutine of the test hangs");
    ready.get();
  }

  Reactors reactors_;
};

}  // namespace cartd::test
