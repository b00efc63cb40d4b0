#include "redis/replication/durable_checkpoints.h"

#include <algorithm>

namespace cartd::redis {

void DurableCheckpoints::reached(std::uint64_t epoch, std::uint64_t checkpoint) {
  if (epoch == 0 || checkpoint == 0) return;
  const auto [entry, is_new] = checkpoints_.try_emplace(epoch, 0);
  entry->second = std::max(entry->second, checkpoint);
  if (!is_new) return;
  epochs_.push_back(epoch);
  if (epochs_.size() <= most_epochs) return;
  checkpoints_.erase(epochs_.front());
  epochs_.pop_front();
}

std::uint64_t DurableCheckpoints::of(std::uint64_t epoch) const {
  const auto entry = checkpoints_.find(epoch);
  return entry == checkpoints_.end() ? 0 : entry->second;
}

}  // namespace cartd::redis
