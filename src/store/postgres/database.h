// A PostgreSQL database as the store uses it: statements of all loops go through one queue to a few sessions, on a
// thread of its own. Another thread opens the sessions, as that blocks.
//
// Each session has one group of statements under way: reads, or writes of different rows in one transaction and with
// one sync. What is in a queue longer than its deadline is taken back; a session that does not answer is closed, and
// another opened.
//
// Bounds: sessions by Options; what waits by Options::queue_bytes.
#pragma once

#include "runtime/metrics.h"
#include "store/postgres/call.h"
#include "store/postgres/call_queue.h"
#include "store/postgres/health.h"
#include "store/postgres/session.h"
#include "store/postgres/session_io.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace cartd::postgres {

/// Thread-safe.
class Database {
 public:
  struct Options {
    DatabaseUrl url;
    std::size_t sessions = 8;
    std::chrono::milliseconds patience{200};  ///< How long a caller waits, as a rule.
    std::size_t queue_bytes = std::size_t{64} << 20;
  };

  /// `metrics` outlives it. Begins to connect.
  Database(Options options, Metrics& metrics);
  /// Closes all sessions; an attempt to connect is waited for.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Waits until the first attempt to connect has ended, or so long. Answers why the database is not to be used by this
  /// cartd, ever; empty otherwise, also where it cannot be reached.
  std::string wait_for_first_attempt(std::chrono::milliseconds most);

  /// Answers by Calls::done().
  void submit(CallPtr call);
  /// True when it was not begun with: nothing of it is done.
  bool withdraw(Call& call) { return queue_.withdraw(call); }

  const Health& health() const { return health_; }

 private:
  using Time = std::chrono::steady_clock::time_point;

  // The thread that connects.
  void connect();
  /// False when it is time to end.
  bool wait_for_need(std::chrono::milliseconds pause);
  void note_attempt(const OpenedSession& opened);

  // The thread of the loop.
  void add(OpenedSession opened);
  void distribute();
  void ended(SessionIo& session, SessionIo::Ended ended);
  void refuse_all();
  void look_for_stalled_sessions();
  void try_idle_sessions();
  static void answer(const Group& group);

  const Options options_;
  Health health_;
  Counter& statements_;
  Counter& transactions_;
  CallQueue queue_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::size_t wanted_ = 0;  ///< Sessions that are to be opened.
  bool has_attempted_ = false;
  std::string never_{};  ///< Why this database is not to be used.
  std::stop_source stop_{};

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{io_.get_executor()};
  boost::asio::steady_timer look_{io_};
  std::atomic<bool> is_asked_ = false;  ///< The loop is about to distribute.
  struct Open {
    std::shared_ptr<SessionIo> io;
    Time since;
  };
  std::vector<Open> sessions_{};
  std::atomic<bool> ended_young_ = false;  ///< A session did not live for a second.

  std::thread loop_;
  std::thread connector_;
};

}  // namespace cartd::postgres
