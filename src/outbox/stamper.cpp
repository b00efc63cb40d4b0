#include "outbox/stamper.h"

#include <algorithm>
#include <random>

namespace cartd {

Lane fresh_lane() {
  std::random_device source;
  const std::uint64_t high = source();
  return ((high << 32) | source()) & ((std::uint64_t{1} << 48) - 1);
}

Stamp Stamper::next() {
  const auto now = clock_->now().time_since_epoch().count();
  last_ = std::max(last_ + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(now, 0)));
  return {lane_, last_};
}

}  // namespace cartd
