// How old the oldest of many waiting changes is, in whole seconds: they are counted by the second in which they were
// given its id, so that it costs little however many there are. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace cartd {

class PendingAges {
 public:
  using Second = std::uint64_t;

  /// The second in which a command id with this sequence, which is in microseconds, was made.
  static Second second_of(std::uint64_t sequence) { return sequence / 1'000'000; }

  /// A cart's oldest change was of the second `before`, and now is of the second `now`; nothing: it has, or had, none.
  void move(std::optional<Second> before, std::optional<Second> now);

  std::optional<Second> oldest() const;

 private:
  std::map<Second, std::size_t> carts_;  ///< How many carts have their oldest change in each.
};

}  // namespace cartd
