// What operators see of carts that are taken over from another service: figures, and lines in the log.
//
// Threads: everything here is thread-safe.
#pragma once

#include "domain/minor_unit.h"
#include "runtime/log.h"
#include "runtime/metrics.h"
#include "store/redis/adoption.h"

#include <optional>

namespace cartd::app {

class AdoptionLog {
 public:
  /// `metrics` outlives it.
  explicit AdoptionLog(Metrics& metrics);

  /// Of one store. This outlives it.
  JsonAdoption adoption(std::optional<MinorUnit> prices);

 private:
  Counter& adopted_;
  Counter& adopted_again_;
  Counter& corrupt_;
  LogThrottle corrupt_lines_{};
  LogThrottle again_lines_{};
};

}  // namespace cartd::app
