// Gives commands their ids.
//
// Threads: a producer belongs to one reactor. Each has an id of its own, so that no two commands ever get the same id.
#pragma once

#include "domain/command_id.h"
#include "outbox/core/instant.h"

#include <algorithm>
#include <cstdint>

namespace cartd {

/// An id for a new producer: 48 bits from the operating system's random source.
ProducerId fresh_producer_id();

class Producer {
 public:
  explicit Producer(ProducerId producer) : producer_(producer) {}

  /// sequence = max(last + 1, now in µs): it rises even when the clock stands still or jumps back.
  CommandId next(WallTime now);

  /// From now on sequences are above this one, of whichever producer it is: what an earlier process left stays in
  /// front, though the clock was set back since.
  void begin_after(std::uint64_t sequence) { last_ = std::max(last_, sequence); }

 private:
  ProducerId producer_;
  std::uint64_t last_ = 0;
};

}  // namespace cartd
