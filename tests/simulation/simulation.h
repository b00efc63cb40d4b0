// Bad days by the thousand: cartds, a primary with replicas, and Sentinels, on a virtual network, clock and disk.
// The decisions are the product's own: outbox/core (and with it store/execute.h and domain/decide.h) and
// redis/replication/safety.h. Everything else is small enough to be wrong only in the open.
//
// A run is a seed: messages are delayed, connections die with bytes still on their way, servers are cut off, crash and
// are failed over, nodes crash and come back to what their disk has, which loses what was not synced, and hangs.
#pragma once

#include "chaos/checker/checker.h"
#include "outbox/core/figures.h"
#include "simulation/guards.h"

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace cartd::simulation {

struct Findings {
  test::Summary summary{};
  OutboxFigures outboxes{};
  std::size_t failovers = 0;
  std::size_t dropped_sequences = 0;      ///< Of dead producers, by the nodes' commits.
  std::vector<std::string> violations{};  ///< In sentences.
};

/// Runs the schedule of `seed` to its end: the faults heal and everything pending is brought to the store. With a
/// `trace`, what happens is written there, one event a line.
Findings simulate(std::uint64_t seed, const Guards& guards, std::ostream* trace = nullptr);

/// The same faults, while clients merge a guest's cart into an account.
Findings simulate_merges(std::uint64_t seed, const Guards& guards, std::ostream* trace = nullptr);

}  // namespace cartd::simulation
