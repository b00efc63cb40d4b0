#include "outbox/producer.h"

#include <algorithm>
#include <random>

namespace cartd {

ProducerId fresh_producer_id() {
  std::random_device source;
  const std::uint64_t high = source();
  return ((high << 32) | source()) & ((std::uint64_t{1} << 48) - 1);
}

CommandId Producer::next() {
  const auto now = clock_->now().time_since_epoch().count();
  last_ = std::max(last_ + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(now, 0)));
  return {id_, last_};
}

}  // namespace cartd
