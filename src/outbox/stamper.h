// Gives commands their stamps.
//
// Threads: a stamper belongs to one reactor. Stampers of one process may share a lane, because the commands for one
// cart all pass through one of them.
#pragma once

#include "domain/stamp.h"
#include "runtime/clock.h"

#include <cstdint>

namespace cartd {

/// A lane for this incarnation of the process: 48 bits from the operating system's random source.
Lane fresh_lane();

class Stamper {
 public:
  /// `clock` outlives the stamper.
  Stamper(Lane lane, const Clock& clock) : lane_(lane), clock_(&clock) {}

  /// seq = max(last + 1, now in µs): it rises even when the clock stands still or jumps back.
  Stamp next();

 private:
  Lane lane_;
  const Clock* clock_;
  std::uint64_t last_ = 0;
};

}  // namespace cartd
