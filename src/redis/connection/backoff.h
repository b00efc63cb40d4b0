// How long to wait between failed attempts: exponential, with full jitter, so that many clients of one server that
// went away do not all come back in the same instant.
#pragma once

#include <chrono>

namespace cartd::redis {

/// The wait after `failures` (1 and up) failed attempts in a row: `random`, from [0, 1), times the smaller of `max` and
/// `initial` doubled with every failure after the first. Pure.
std::chrono::milliseconds backoff(unsigned failures, std::chrono::milliseconds initial, std::chrono::milliseconds max,
                                  double random);

}  // namespace cartd::redis
