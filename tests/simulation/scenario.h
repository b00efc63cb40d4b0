// What kind of run a seed makes.
#pragma once

#include <cstdint>

namespace cartd::simulation {

struct Scenario {
  /// Nodes have a disk. Never beside plain clients, whose writes no journal puts in order.
  bool has_journal = false;
  /// Nodes without a disk acknowledge from memory while the store is away.
  bool memory_while_away = false;
  /// Primaries fail over, and lose what was not replicated. Else the store rolls nothing back, so that one order of all
  /// commands has to explain every answer.
  bool fails_over = true;
  /// Plain clients of Redis write beside the nodes.
  bool has_plain_clients = false;
};

inline Scenario scenario_of(std::uint64_t seed) {
  switch (seed % 8) {
    case 0:
    case 2: return {.has_journal = true, .fails_over = true};
    case 3: return {.memory_while_away = true, .fails_over = true};
    case 4: return {.has_journal = true, .fails_over = false};
    case 5: return {.has_journal = false, .fails_over = false};
    case 6: return {.memory_while_away = true, .fails_over = false};
    case 7: return {.has_journal = false, .fails_over = false, .has_plain_clients = true};
    default: return {.has_journal = false, .fails_over = true};
  }
}

}  // namespace cartd::simulation
