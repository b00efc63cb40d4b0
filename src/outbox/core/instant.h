// One moment on both clocks of this machine, read once by whoever hands an event to the outbox's core.
#pragma once

#include "domain/time.h"

#include <chrono>

namespace cartd {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

struct Instant {
  SteadyTime steady;  ///< For deadlines, pauses and ages of what this process took on.
  WallTime wall;      ///< For command ids and what carts show. May jump.

  Time wall_ms() const { return std::chrono::floor<std::chrono::milliseconds>(wall); }
};

}  // namespace cartd
