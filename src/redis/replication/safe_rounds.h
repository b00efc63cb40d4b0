// The safety rounds that every server has reached, by history: what was reached stays reached when the history ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

namespace cartd::redis {

class SafeRounds {
 public:
  /// Histories remembered; the oldest one gives way to a new one.
  static constexpr std::size_t most_histories = 4096;

  /// `round` of `history` is safe. Nothing for 0, which stands for an unknown one of either.
  void reached(std::uint64_t history, std::uint64_t round);
  /// The newest round of `history` that is safe; 0: none.
  std::uint64_t of(std::uint64_t history) const;

 private:
  std::unordered_map<std::uint64_t, std::uint64_t> rounds_{};  ///< By history.
  std::deque<std::uint64_t> histories_{};                      ///< Of rounds_, by age.
};

}  // namespace cartd::redis
