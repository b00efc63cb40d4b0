// A MongoDB database as the store uses it: operations of all loops go through one queue to a few threads, each of which
// has a connection of its own from libmongoc's pool and carries out one operation at a time. Another thread, the
// watcher, asks the database once in a while how it is and what its clock says.
//
// What is in the queue longer than its deadline is taken back; while the database may be away everything stays there.
// What a thread has begun with ends by libmongoc's time-outs, which the URL may change.
//
// Bounds: threads by Options; what waits by Options::queue_bytes.
#pragma once

#include "runtime/metrics.h"
#include "store/mongodb/call.h"
#include "store/mongodb/call_queue.h"
#include "store/mongodb/database_url.h"
#include "store/mongodb/driver.h"
#include "store/mongodb/health.h"
#include "store/mongodb/session.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cartd::mongodb {

/// Thread-safe.
class Database {
 public:
  struct Options {
    DatabaseUrl url;
    std::size_t threads = 8;
    std::chrono::milliseconds patience{200};  ///< How long a caller waits, as a rule.
    std::size_t queue_bytes = std::size_t{64} << 20;
  };

  /// `metrics` outlives it. Begins to connect.
  Database(Options options, Metrics& metrics);
  /// What has begun is waited for; what waits is not done.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Waits until the database was asked for the first time, or so long. Answers why it is not to be used by this
  /// cartd, ever; empty otherwise, also where it cannot be reached.
  std::string wait_for_first_attempt(std::chrono::milliseconds most);

  /// Answers by Calls::done().
  void submit(const CallPtr& call);
  /// True when it was not begun with: nothing of it is done.
  bool withdraw(Call& call) { return queue_.withdraw(call); }

  const Health& health() const { return health_; }

 private:
  // The watcher.
  void watch();
  /// False when it is time to end.
  bool open_pool();
  bool wait(std::chrono::milliseconds most);
  bool look(Session& session);
  void refuse_all();

  // The threads that carry operations out.
  void work();
  void carry_out(Session& session, Call& call);

  /// Something was lost: nobody begins with anything until the watcher has looked.
  void doubt();
  void trust();

  void note_first_attempt(std::string never);
  Session::Options session_options() const;

  const Options options_;
  Health health_;
  Counter& operations_;
  CallQueue queue_;
  PoolPtr pool_{};

  std::mutex mutex_;
  std::condition_variable wake_;
  bool has_attempted_ = false;
  bool has_pool_ = false;
  bool is_doubted_ = false;  ///< The watcher is to look at once.
  bool stopping_ = false;
  std::string never_{};  ///< Why this database is not to be used.

  std::vector<std::thread> threads_{};
  std::thread watcher_;
};

}  // namespace cartd::mongodb
