// Tells the operator, once a failover is over, how many changes were sent again and how many of them had been lost.
//
// Threads: thread-safe. Times are handed in.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>

namespace cartd {

class ResendLog {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// So many changes that the store had go to it again.
  void resent(std::size_t changes, Time now);
  /// The store has answered one of them.
  void ended(bool was_lost, Time now);
  /// To be called often. Writes a line when all are answered and no more came for a second, and after 10 s in any case:
  /// at most one in 10 s.
  void look(Time now);

 private:
  std::mutex mutex_;
  std::size_t resent_ = 0;  ///< These two are since the last line.
  std::size_t lost_ = 0;
  std::size_t unanswered_ = 0;
  std::optional<Time> first_{};  ///< Since when there is something to say.
  Time newest_{};
  std::optional<Time> last_line_{};
};

}  // namespace cartd
