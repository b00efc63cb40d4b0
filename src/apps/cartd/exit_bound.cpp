#include "apps/cartd/exit_bound.h"

#include "runtime/log.h"

#include <cstdlib>

namespace cartd::app {

ExitBound::~ExitBound() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void ExitBound::start(std::chrono::milliseconds time, int code) {
  thread_ = std::thread([this, time, code] {
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, time, [this] { return over_; })) return;
    log(LogLevel::warn, "stopped without waiting longer for the disk, which does not answer");
    std::_Exit(code);
  });
}

}  // namespace cartd::app
