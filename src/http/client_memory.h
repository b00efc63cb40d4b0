// How much memory the clients of the whole process may hold: requests that have not arrived whole or are being
// answered, and answers that wait to be read. What is small enough for the buffers of an idle connection is not
// counted, and never refused.
//
// Threads: everything here is thread-safe.
#pragma once

#include "runtime/log.h"
#include "runtime/metrics.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>
#include <vector>

namespace cartd::http {

class ClientMemory {
 public:
  using Clock = std::chrono::steady_clock;

  /// Above this, a connection holds much: then it may not have the last quarter, which is for the others.
  static constexpr std::size_t much = 64 * 1024;

  /// `bound` is in bytes; `current_bound`, when set, is asked for it now and then. `metrics` outlives it.
  ClientMemory(std::uint64_t bound, std::function<std::uint64_t()> current_bound, Metrics& metrics);

  /// A connection's memory has grown or shrunk from `before` to `after` bytes.
  void resize(std::size_t before, std::size_t after);

  /// Whether a connection that holds `its` bytes may hold `more` beside them.
  bool fits(std::size_t its, std::size_t more) const;

  /// How many bytes have to be given back so that `more` fit, with some to spare; 0 when they do.
  std::size_t missing(std::size_t more) const;
  /// How many bytes of all the slowest connections are to give back now: for what was refused lately, or before it is
  /// urgent.
  std::size_t overdue(Clock::time_point now) const;
  /// After how long a connection that takes part in what is overdue may lose what it holds.
  std::chrono::milliseconds patience() const;

  std::size_t held() const;

  /// `more` bytes did not fit.
  void count_refusal(std::size_t more, Clock::time_point now);
  void count_cut();

  /// How many bytes the answer to a request for `target` may have, by those before it; 0 when none was worth counting.
  std::size_t expected_answer(std::string_view target) const;
  void learn_answer(std::string_view target, std::size_t bytes);

  /// To be called now and then. Returns to the system what was freed, when that is much.
  void tend(std::size_t connections, Clock::time_point now);

 private:
  void set_bound(std::uint64_t bytes);

  std::atomic<std::int64_t> held_{0};
  std::atomic<std::int64_t> bound_;
  std::array<std::atomic<std::uint32_t>, 4096> answers_{};  ///< By a hash of the cart or user in the target.
  std::atomic<std::size_t> refused_{0};                     ///< Bytes.
  std::atomic<Clock::time_point> refused_at_{Clock::time_point::min()};
  UpDownCounter& bytes_;
  Gauge& limit_;
  Counter& refusals_;
  Counter& cuts_;
  LogThrottle throttle_{};
  const std::function<std::uint64_t()> current_bound_;
  std::mutex tending_{};
  std::atomic<std::int64_t> most_{0};  ///< That was held since memory was given back last.
  std::size_t most_connections_ = 0;
  Clock::time_point given_back_{};
  Clock::time_point tended_{};
};

/// The memory that a connection holds while it waits for its client, and for how long.
struct Claim {
  std::size_t held;
  std::chrono::milliseconds waited;
};

/// The indices of those that are to give back what they hold, so that `bytes` come back: those that hold most for
/// longest first, and none that waited less than `patience`. Pure.
std::vector<std::size_t> slowest(const std::vector<Claim>& claims, std::size_t bytes,
                                 std::chrono::milliseconds patience);

}  // namespace cartd::http
