// The id that makes a command safe to resend: every accepted command gets one before it goes anywhere, and a store
// applies an id at most once.
#pragma once

#include "domain/time.h"

#include <cstdint>

namespace cartd {

/// One event loop of one run of a process, as a source of commands: a fresh random number of 48 bits at every start.
using ProducerId = std::uint64_t;

/// `sequence` is microseconds since the Unix epoch, strictly increasing for each producer; it fits the 53 bits of a
/// double. All commands of a producer for one cart reach the store in order, so one number per producer, the last
/// applied sequence, says which of them the cart has.
struct CommandId {
  ProducerId producer;
  std::uint64_t sequence;

  friend bool operator==(const CommandId&, const CommandId&) = default;
};

/// When the command was accepted, by the clock of the process that accepted it: the same however often it is applied.
inline Time accepted_at(const CommandId& id) { return Time(Millis(static_cast<std::int64_t>(id.sequence / 1000))); }

}  // namespace cartd
