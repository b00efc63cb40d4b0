#include "redis/connection/backoff.h"

#include <algorithm>
#include <cmath>

namespace cartd::redis {

std::chrono::milliseconds backoff(unsigned failures, std::chrono::milliseconds initial, std::chrono::milliseconds max,
                                  double random) {
  // As doubles: doubling often enough overflows any integer, but only reaches infinity here.
  const double ceiling =
      std::min(static_cast<double>(max.count()),
               std::ldexp(static_cast<double>(initial.count()), static_cast<int>(std::min(failures, 64U)) - 1));
  return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(ceiling * random));
}

}  // namespace cartd::redis
