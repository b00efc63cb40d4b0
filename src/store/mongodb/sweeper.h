// Deletes records whose time is past, a bounded number at a time, on a thread of its own. Whoever writes to such a
// record meanwhile keeps it; any number of cartds may do it at once.
#pragma once

#include "runtime/metrics.h"
#include "store/mongodb/database.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <thread>

namespace cartd::mongodb {

class Sweeper {
 public:
  /// Looks every `interval`; `on_expired` is called for each record that had a cart, on its thread, and may be empty.
  /// `database` and `metrics` outlive it.
  Sweeper(Database& database, Metrics& metrics, std::chrono::milliseconds interval, std::function<void()> on_expired);
  ~Sweeper();
  Sweeper(const Sweeper&) = delete;
  Sweeper& operator=(const Sweeper&) = delete;

 private:
  boost::asio::awaitable<void> run();
  /// Whether there may be more.
  boost::asio::awaitable<bool> forget_some(const char* collection);
  /// Those of them that are still past their time: how many.
  boost::asio::awaitable<std::int64_t> forget(const char* collection, Document ids);

  Database& database_;
  Counter& forgotten_;
  const std::chrono::milliseconds interval_;
  const std::function<void()> on_expired_;
  boost::asio::io_context io_{1};
  std::shared_ptr<Calls> calls_;
  std::thread thread_;
};

}  // namespace cartd::mongodb
