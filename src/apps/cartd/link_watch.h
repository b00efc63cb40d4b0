// Tells the operator, in log and metrics, whether Redis can be reached: once for all links of the process.
#pragma once

#include "redis/link.h"
#include "runtime/metrics.h"

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace cartd::app {

/// Thread-safe. Outlives the links it watches.
class LinkWatch {
 public:
  explicit LinkWatch(Metrics& metrics);
  ~LinkWatch();
  LinkWatch(const LinkWatch&) = delete;
  LinkWatch& operator=(const LinkWatch&) = delete;

  /// An observer for one more link; lives as long as this. To be called before any link starts.
  redis::LinkObserver& observer();

 private:
  class Observer;

  void went_up(bool was_down);
  void went_away();
  void went_down(const std::string& why);

  Gauge& up_;
  Counter& losses_;
  std::mutex mutex_;
  std::size_t down_ = 0;  ///< Links whose last attempt failed.
  std::vector<std::unique_ptr<Observer>> observers_;
};

}  // namespace cartd::app
