// Bad days by the thousand: shop servers, a primary with replicas, and Sentinels, on a virtual network, clock and disk.
// The decisions are the product's own (outbox/cart_queue.h, redis/replication/safety.h, domain/decide.h); everything
// else is small enough to be wrong only in the open.
//
// A schedule is a seed: messages are delayed, connections die with bytes still on their way, servers are cut off, crash
// and are failed over, shop servers crash and come back to what their disk has. Every command adds a SKU of its own, so
// that at the end each of them is there once, or not at all, or the promise is broken.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace cartd::test {

/// What can be switched off, to see that the simulation finds what it guards against.
struct Guards {
  bool applied_sequences = true;  ///< A server applies a command id once.
  bool checked_first = true;      ///< A first attempt is checked against the applied sequence, not only a repetition.
  bool fence = true;              ///< A new connection ends what is left of the old one.
  bool authority = true;          ///< Nothing is settled before the Sentinels stand behind the primary.
  bool authority_lag = true;      ///< They are asked only when they must have heard of what happened before.
  bool retained_first = true;     ///< After a failover, what was retained goes before what is new.
};

struct Verdict {
  std::size_t commands = 0;
  std::size_t acknowledged = 0;
  std::size_t from_journal = 0;
  std::size_t unknown = 0;
  std::size_t failovers = 0;
  std::size_t repeated = 0;             ///< Attempts beyond a command's first.
  std::vector<std::string> violations;  ///< In sentences.
};

/// Runs the schedule of `seed` to its end: the faults heal and everything pending is brought to the store. With a
/// `story`, it is told there, one event a line.
Verdict simulate(std::uint64_t seed, const Guards& guards, std::ostream* story = nullptr);

}  // namespace cartd::test
