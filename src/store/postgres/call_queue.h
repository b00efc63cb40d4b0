// The statements that wait for a session. Whoever submitted one may take it back until a session has taken it.
//
// Threads: thread-safe.
#pragma once

#include "store/postgres/call.h"

#include <cstddef>
#include <list>
#include <mutex>

namespace cartd::postgres {

class CallQueue {
 public:
  explicit CallQueue(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// False when the queue is full.
  bool add(CallPtr call);
  /// Before all others, and even when the queue is full: they had been taken.
  void put_back(const Group& group);
  /// True when no session had taken it: none will.
  bool withdraw(Call& call);

  /// The next statements that go together: reads, or writes of different rows in one transaction; empty when none
  /// waits. Such that `sessions` sessions would have all of them between them, at most `most`.
  Group take(std::size_t sessions, std::size_t most);

  /// All of them.
  Group take_all();

 private:
  void remove(Call& call);

  const std::size_t max_bytes_;
  std::mutex mutex_;
  std::list<CallPtr> queue_{};
  std::size_t bytes_ = 0;
};

}  // namespace cartd::postgres
