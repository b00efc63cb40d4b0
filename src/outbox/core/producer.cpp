#include "outbox/core/producer.h"

#include <algorithm>
#include <random>

namespace cartd {

ProducerId fresh_producer_id() {
  std::random_device source;
  const std::uint64_t high = source();
  return ((high << 32) | source()) & ((std::uint64_t{1} << 48) - 1);
}

CommandId Producer::next(WallTime now) {
  last_ = std::max(last_ + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(now.time_since_epoch().count(), 0)));
  return {producer_, last_};
}

}  // namespace cartd
