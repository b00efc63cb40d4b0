// The group that the journal's thread is writing, and those who wait for it: so that a disk that does not answer keeps
// nobody waiting for longer than the journal's deadline.
//
// Threads: thread-safe. begin(), add(), take() and end() are for the thread that writes, look() and give_up() for the
// one that watches it.
#pragma once

#include "journal/answers.h"
#include "runtime/log.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <vector>

namespace cartd::journal {

class GroupInFlight {
 public:
  using Clock = std::chrono::steady_clock;

  /// A group is stalled when look() has seen it more than `looks` times. Looks are counted and not the time, because
  /// the time also passes while the whole process is stopped.
  explicit GroupInFlight(unsigned looks) : looks_(looks) {}

  /// The thread turns to the disk.
  void begin();
  /// These wait for what is written now, with the answers that they get when it is.
  void add(std::vector<Answered> waiting);
  /// Those who were not given up on. Nobody waits any more.
  std::vector<Answered> take();
  /// The thread is back from the disk.
  void end();

  /// To be called at regular intervals. True while the group is stalled. Logged when that begins and when it is over.
  bool look();
  /// Those who wait for a stalled group, who are not in it any more, with what they are told now: nobody knows what
  /// becomes of it.
  std::vector<Answered> give_up();

  /// Costs nothing.
  bool is_stalled() const { return stalled_; }
  /// How long the group has taken so far; 0 when there is none.
  std::chrono::milliseconds age() const;

 private:
  const unsigned looks_;
  mutable std::mutex mutex_;
  bool busy_ = false;
  unsigned seen_ = 0;  ///< How often look() found this group.
  Clock::time_point since_{};
  std::vector<Answered> waiting_;
  std::atomic<bool> stalled_ = false;  // Written with the mutex held, read without.
  LogThrottle lines_{};
  bool logged_ = false;
};

}  // namespace cartd::journal
