// How much memory values of one kind may take in a process, all reactors together: carts and users of the memory
// store, or the changes of the outboxes. Thread-safe.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace cartd {

/// Counts estimates: what the values hold and what the containers add to it, not what the allocator rounds up.
class MemoryBudget {
 public:
  /// `bytes` is the bound.
  explicit MemoryBudget(std::size_t bytes) : bound_(static_cast<std::int64_t>(bytes)) {}

  /// Whether `bytes` more would fit.
  bool fits(std::size_t bytes) const {
    return used_.load(std::memory_order_relaxed) + static_cast<std::int64_t>(bytes) <= bound_;
  }

  /// Something grew from `before` to `after` bytes, or shrank.
  void resize(std::size_t before, std::size_t after) {
    used_.fetch_add(static_cast<std::int64_t>(after) - static_cast<std::int64_t>(before), std::memory_order_relaxed);
  }

  /// Nothing more fits.
  bool is_full() const { return !fits(1); }

  std::int64_t bound() const { return bound_; }
  std::int64_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> used_{0};
  const std::int64_t bound_;
};

}  // namespace cartd
