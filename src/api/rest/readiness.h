// Whether a cartd is ready, as /readyz says it. Pure.
#pragma once

#include "service/results.h"

#include <vector>

namespace cartd::rest {

struct Readiness {
  const char* status;                   ///< "ready", "degraded", "unavailable" or "stopping".
  unsigned code;                        ///< HTTP: 200, or 503 when no change can be acknowledged, or soon none will be.
  std::vector<const char*> degraded{};  ///< The parts that do not work: "store", "journal", "outbox".
};

/// Ready is who can acknowledge a change: without a journal that takes the store, unless changes are acknowledged from
/// memory while it is away; with one it takes a journal that works and has room, whatever the store does; and always
/// memory for it. `stopping`: the process was told to end.
Readiness judge_readiness(const StoreReport& store, const OutboxReport& outbox, bool stopping);

}  // namespace cartd::rest
