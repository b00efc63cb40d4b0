#include "redis/replication/safe_rounds.h"

#include <algorithm>

namespace cartd::redis {

void SafeRounds::reached(std::uint64_t history, std::uint64_t round) {
  if (history == 0 || round == 0) return;
  const auto [entry, is_new] = rounds_.try_emplace(history, 0);
  entry->second = std::max(entry->second, round);
  if (!is_new) return;
  histories_.push_back(history);
  if (histories_.size() <= most_histories) return;
  rounds_.erase(histories_.front());
  histories_.pop_front();
}

std::uint64_t SafeRounds::of(std::uint64_t history) const {
  const auto entry = rounds_.find(history);
  return entry == rounds_.end() ? 0 : entry->second;
}

}  // namespace cartd::redis
