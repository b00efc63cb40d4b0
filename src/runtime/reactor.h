// One event loop per core. Everything about one cart happens on that cart's home loop, so that a cart has a single
// writer in the process and needs no lock.
#pragma once

#include "runtime/mailbox.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

namespace cartd {

/// An io_context that one thread runs.
class Reactor {
 public:
  Reactor() : io_(1) {}
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  boost::asio::io_context& io() { return io_; }
  Mailbox& mailbox() { return mailbox_; }

  /// The one that this thread runs. Throws std::logic_error on a thread that runs none.
  static Reactor& current();
  /// True on the thread that runs this reactor.
  bool is_current() const;

  /// Runs the loop on the calling thread until Reactors::stop(), or until it has nothing left to do.
  void run();

  /// Destroys what is under way, as the destructor does, but leaves what it may refer to. When the loop has ended.
  void abandon();

 private:
  struct Io : boost::asio::io_context {
    using io_context::io_context;
    using io_context::shutdown;
  };

  Io io_;
  Mailbox mailbox_{io_};
};

namespace detail {

template <class T, class Handler>
class CallFor final : public Call {
 public:
  CallFor(Mailbox& caller, boost::asio::awaitable<T> task, Handler handler)
      : Call(caller), handler_(std::move(handler)), task_(std::move(task)) {}

  boost::asio::awaitable<void> run() override {
    try {
      result_.emplace(co_await std::move(task_));
    } catch (...) {
      error_ = std::current_exception();
    }
  }

  void resume_caller(std::unique_ptr<Call> self) override {
    Handler handler = std::move(handler_);
    std::optional<T> result = std::move(result_);
    const std::exception_ptr error = std::move(error_);
    self.reset();
    std::move(handler)(error, std::move(result));
  }

 private:
  Handler handler_;
  boost::asio::awaitable<T> task_;
  std::optional<T> result_{};
  std::exception_ptr error_{};
};

template <class T>
boost::asio::awaitable<T> call(Reactor& home, boost::asio::awaitable<T> task) {
  Mailbox& caller = Reactor::current().mailbox();
  auto send = [&home, &caller, &task](auto handler) {
    using NewCall = CallFor<T, decltype(handler)>;
    caller.send(home.mailbox(), std::make_unique<NewCall>(caller, std::move(task), std::move(handler)));
  };
  using CompletionToken = const boost::asio::use_awaitable_t<>;
  using Answered = void(std::exception_ptr, std::optional<T>);
  std::optional<T> result =
      co_await boost::asio::async_initiate<CompletionToken, Answered>(send, boost::asio::use_awaitable);
  co_return std::move(*result);
}

}  // namespace detail

/// Awaits `task` on `home` and resumes the caller, a coroutine of a reactor, where it was. To be called and awaited on
/// the caller's reactor. Costs two ways through a mailbox when `home` is another reactor, nothing when it is this one.
/// When `home` has ended, the caller waits until both are destroyed.
template <class T>
boost::asio::awaitable<T> run_on(Reactor& home, boost::asio::awaitable<T> task) {
  return home.is_current() ? std::move(task) : detail::call(home, std::move(task));
}

/// All reactors of the process, each with its thread.
class Reactors {
 public:
  /// `count` is 1 and up. Nothing runs before start().
  explicit Reactors(std::size_t count);
  /// Stops and joins.
  ~Reactors();
  Reactors(const Reactors&) = delete;
  Reactors& operator=(const Reactors&) = delete;

  std::size_t size() const { return reactors_.size(); }
  Reactor& operator[](std::size_t index) { return *reactors_[index]; }

  /// The index of the reactor that owns everything about `id`. The same for every call in one process.
  std::size_t home(std::string_view id) const;

  void start();
  /// Ends the loops as they stand and joins the threads. Not to be called from a reactor.
  void stop();

 private:
  std::vector<std::unique_ptr<Reactor>> reactors_;
  std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> guards_;
  std::vector<std::thread> threads_;
};

}  // namespace cartd
