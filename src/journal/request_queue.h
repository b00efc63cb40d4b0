// What the journal's thread was asked for and has not begun with: it takes it from here group by group.
//
// Threads: thread-safe. wait() and take() are for the thread that writes.
#pragma once

#include "domain/command_id.h"
#include "domain/error.h"
#include "journal/answers.h"
#include "journal/journal.h"
#include "journal/ledger.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

namespace cartd::journal {

/// How soon an operation has to be written.
enum class Pace {
  durable,  ///< At once, and synced.
  prompt,   ///< At once.
  lazy,     ///< With whatever comes next, in a fraction of a second.
};

/// Dead letters to be read. Filled in by the journal's thread, and only then read by the caller.
struct Reading {
  std::optional<CommandId> only;   ///< This one; else
  std::optional<CommandId> after;  ///< those behind this one, or all,
  std::size_t limit = 1;           ///< but not more than this.
  std::vector<DeadLetter> letters{};
  std::optional<Error> failure{};
};
using ReadingPtr = std::shared_ptr<Reading>;

using Task = std::variant<Operation, ReadingPtr>;

struct Request {
  Task task;
  Pace pace;
  Waiter waiter;  ///< Empty when nobody waits.
};

/// Whether it can be dropped before it was begun with: then nothing of it was done. The rest has to be done some time.
bool can_be_withdrawn(const Task& task);
/// What is answered to what can be withdrawn while the disk does not answer.
Error stalled();
/// What a caller is told that does not wait for the disk any longer.
Error given_up(const Task& task);

class RequestQueue {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  void add(Request request);
  /// From now on wait() does not wait.
  void stop();

  /// Waits for something to do, until `alarm` at the latest. False once nothing is left after stop().
  bool wait(std::optional<SteadyTime> alarm);
  /// What makes up the next group, in order: about a MiB of it at most.
  std::vector<Request> take();

  /// Answers all who wait: each is told given_up(). What can be withdrawn leaves the queue.
  std::vector<Answered> give_up();

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Request> queue_{};
  bool urgent_ = false;
  std::optional<SteadyTime> lazy_until_{};
  bool stopping_ = false;
};

}  // namespace cartd::journal
