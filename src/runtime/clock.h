// Time, passed to its users, so that tests can move it.
#pragma once

#include <chrono>
#include <cstdint>

namespace cartd {

/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  /// Wall time in whole microseconds since the Unix epoch. May jump, forwards and backwards.
  virtual std::chrono::sys_time<std::chrono::microseconds> now() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  std::chrono::sys_time<std::chrono::microseconds> now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};

/// `clock`'s time in whole milliseconds.
inline std::chrono::sys_time<std::chrono::milliseconds> now_ms(const Clock& clock) {
  return std::chrono::floor<std::chrono::milliseconds>(clock.now());
}

}  // namespace cartd
