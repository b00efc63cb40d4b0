// The last seconds of a process: whatever hangs then, such as a disk, the process ends.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace cartd::app {

class ExitBound {
 public:
  ExitBound() = default;
  /// The process has finished its work in time.
  ~ExitBound();
  ExitBound(const ExitBound&) = delete;
  ExitBound& operator=(const ExitBound&) = delete;

  /// In `time` the process ends with `code`, after a line in the log, unless this object is gone by then. To be called
  /// once.
  void start(std::chrono::milliseconds time, int code);

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace cartd::app
