// The operations that wait for a thread. Whoever submitted one may take it back until a thread has taken it.
//
// Threads: thread-safe.
#pragma once

#include "store/mongodb/call.h"

#include <condition_variable>
#include <cstddef>
#include <list>
#include <mutex>
#include <vector>

namespace cartd::mongodb {

class CallQueue {
 public:
  explicit CallQueue(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// False when the queue is full.
  bool add(CallPtr call);
  /// True when no thread had taken it: none will.
  bool withdraw(Call& call);
  /// Waits for the next one; null after stop().
  CallPtr take();
  /// No thread takes any from now on, until release().
  void hold();
  void release();
  /// All that wait.
  std::vector<CallPtr> take_all();
  /// From now on nobody waits.
  void stop();

 private:
  /// Of those that wait.
  CallPtr remove(std::list<CallPtr>::iterator place);

  const std::size_t max_bytes_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::list<CallPtr> queue_{};
  std::size_t bytes_ = 0;
  bool held_ = false;
  bool stopping_ = false;
};

}  // namespace cartd::mongodb
