// One event loop a core. Everything about one cart happens on that cart's home reactor, so that a cart has a single
// writer in the process and needs no lock.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
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

  /// True on the thread that runs this reactor.
  bool is_current() const;

  /// Runs the loop on the calling thread until Reactors::stop(), or until it has nothing left to do.
  void run();

 private:
  boost::asio::io_context io_;
};

/// Awaits `task` on `home` and resumes the caller where it was. Costs two queue hops when `home` is another reactor,
/// nothing when it is this one.
template <class T>
boost::asio::awaitable<T> run_on(Reactor& home, boost::asio::awaitable<T> task) {
  if (home.is_current()) co_return co_await std::move(task);
  std::optional<T> result;
  auto fill = [](boost::asio::awaitable<T> work, std::optional<T>& slot) -> boost::asio::awaitable<void> {
    slot.emplace(co_await std::move(work));
  };
  co_await boost::asio::co_spawn(home.io(), fill(std::move(task), result), boost::asio::use_awaitable);
  co_return std::move(*result);
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
