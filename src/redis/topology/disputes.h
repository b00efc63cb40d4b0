// Slots whose commands servers send to each other without an end: commands are kept away from them, for longer each
// time that the next one fares the same. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <unordered_map>

namespace cartd::redis {

class Disputes {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds first_pause{250};
  static constexpr std::chrono::milliseconds longest_pause{5000};

  /// A command on `slot` went in a circle. Those that were under way together count as one.
  void begin(std::uint16_t slot, Time now);
  /// A command on `slot` was executed.
  void end(std::uint16_t slot) { open_.erase(slot); }
  void clear() { open_.clear(); }

  /// Whether commands on `slot` stay away now.
  bool is_open(std::uint16_t slot, Time now) const;
  /// The same of any slot.
  bool any_is_open(Time now) const;

 private:
  struct Dispute {
    Time until{};
    unsigned times = 0;
  };
  std::unordered_map<std::uint16_t, Dispute> open_{};
};

}  // namespace cartd::redis
