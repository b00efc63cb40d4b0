// Gives commands their stamps.
//
// Threads: a stamper belongs to one reactor. Each has a lane of its own: a stamp is given once in the world.
#pragma once

#include "domain/stamp.h"
#include "runtime/clock.h"

#include <cstdint>

namespace cartd {

/// A lane for a new stamper: 48 bits from the operating system's random source.
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
