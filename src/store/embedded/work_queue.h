// What threads of the store were asked for and have not begun with. Whoever asked may take it back until then.
//
// Threads: thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace cartd::embedded {

/// `Work` derives from Queued<Work>.
template <class Work>
class WorkQueue {
 public:
  using WorkPtr = std::shared_ptr<Work>;
  using SteadyTime = std::chrono::steady_clock::time_point;

  /// What the queue needs in each of its works.
  class Queued {
   private:
    friend class WorkQueue;
    std::optional<typename std::list<WorkPtr>::iterator> place_{};
  };

  void add(WorkPtr work) {
    {
      const std::lock_guard lock(mutex_);
      Work& added = *work;
      queue_.push_back(std::move(work));
      added.place_ = std::prev(queue_.end());
    }
    wake_.notify_one();
  }

  /// True when nobody had begun with it: then nobody will.
  bool withdraw(Work& work) {
    WorkPtr kept;  // So that it does not end inside.
    const std::lock_guard lock(mutex_);
    if (!work.place_) return false;
    kept = **work.place_;
    queue_.erase(*work.place_);
    work.place_.reset();
    return true;
  }

  /// From now on nobody waits.
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
  }

  /// Waits for something to do, until `alarm` at the latest. False once nothing is left after stop().
  bool wait(std::optional<SteadyTime> alarm = std::nullopt) {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return !queue_.empty() || stopping_; };
    if (alarm) wake_.wait_until(lock, *alarm, ready);
    else wake_.wait(lock, ready);
    return !stopping_ || !queue_.empty();
  }

  /// The first ones, in order; none when there are none. `more` is asked with each that is taken whether another may
  /// follow.
  template <class More>
  std::vector<WorkPtr> take(More more) {
    std::vector<WorkPtr> taken;
    const std::lock_guard lock(mutex_);
    while (!queue_.empty() && (taken.empty() || more(*taken.back()))) {
      queue_.front()->place_.reset();
      taken.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    return taken;
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::list<WorkPtr> queue_{};
  bool stopping_ = false;
};

}  // namespace cartd::embedded
