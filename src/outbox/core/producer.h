// Gives commands their ids.
//
// Threads: a producer belongs to one reactor. Each has an id of its own, so that no two commands ever get the same id.
#pragma once

#include "domain/command_id.h"
#include "outbox/core/instant.h"

#include <cstdint>

namespace cartd {

/// An id for a new producer: 48 bits from the operating system's random source.
ProducerId fresh_producer_id();

class Producer {
 public:
  explicit Producer(ProducerId producer) : producer_(producer) {}

  /// sequence = max(last + 1, now in µs): it rises even when the clock stands still or jumps back.
  CommandId next(WallTime now);

 private:
  ProducerId producer_;
  std::uint64_t last_ = 0;
};

}  // namespace cartd
