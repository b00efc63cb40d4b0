// The safety checkpoints that every server has reached, by epoch: what was reached stays reached when the epoch ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

namespace cartd::redis {

class DurableCheckpoints {
 public:
  /// Epochs remembered; the oldest one gives way to a new one.
  static constexpr std::size_t most_epochs = 4096;

  /// `checkpoint` of `epoch` is safe. Nothing for 0, which stands for an unknown one of either.
  void reached(std::uint64_t epoch, std::uint64_t checkpoint);
  /// The newest checkpoint of `epoch` that is safe; 0: none.
  std::uint64_t of(std::uint64_t epoch) const;

 private:
  std::unordered_map<std::uint64_t, std::uint64_t> checkpoints_{};  ///< By epoch.
  std::deque<std::uint64_t> epochs_{};                              ///< Of checkpoints_, by age.
};

}  // namespace cartd::redis
