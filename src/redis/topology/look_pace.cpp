#include "redis/topology/look_pace.h"

#include "redis/connection/backoff.h"

#include <algorithm>

namespace cartd::redis {

LookPace::Pause LookPace::after_look(bool well, std::chrono::milliseconds longest, double random) {
  retry_attempts_ = well ? 0 : retry_attempts_ + 1;
  const std::chrono::milliseconds if_wanted = backoff(wanted_ + 1, gap_, std::max(longest_pause, gap_), 1);
  const std::chrono::milliseconds otherwise =
      well ? longest : std::min(longest, backoff(retry_attempts_, gap_, longest_pause, random));
  return {if_wanted, std::max(otherwise, if_wanted)};
}

}  // namespace cartd::redis
