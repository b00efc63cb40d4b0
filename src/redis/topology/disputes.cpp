#include "redis/topology/disputes.h"

#include "redis/connection/backoff.h"

#include <algorithm>

namespace cartd::redis {

void Disputes::begin(std::uint16_t slot, Time now) {
  Dispute& dispute = open_[slot];
  if (now < dispute.until) return;
  dispute.until = now + backoff(++dispute.times, first_pause, longest_pause, 1);
}

bool Disputes::is_open(std::uint16_t slot, Time now) const {
  const auto dispute = open_.find(slot);
  return dispute != open_.end() && now < dispute->second.until;
}

bool Disputes::any_is_open(Time now) const {
  return std::any_of(open_.begin(), open_.end(), [now](const auto& entry) { return now < entry.second.until; });
}

}  // namespace cartd::redis
