// What can be switched off, to show that the simulation finds what it guards against. The product has no such switches:
// what is switched off is undone around it, by a store that does not compare, or that answers too early.
#pragma once

namespace cartd::simulation {

struct Guards {
  // Of the comparison that a commit makes.
  bool token = true;       ///< Token and version of the record.
  bool quantities = true;  ///< The quantities of the lines that are touched, and the number of lines.

  // Of what a store shows.
  bool sequences = true;          ///< A command whose answer was lost shows in the record's applied sequences.
  bool unconfirmed_first = true;  ///< A store that was rolled back shows that, so that what it lost goes first.
  bool current_refusals = true;   ///< A record that was only seen before is not taken for the current one.

  // Of when something counts.
  bool confirmed_groups = true;  ///< A commit is answered when it was made, not when it was sent.
  bool whole_groups = true;      ///< A commit is made as a whole.
  bool authority = true;         ///< Nothing is durable before the Sentinels confirm the primary.
  bool authority_lag = true;     ///< They are asked only when they must have heard of what happened before.
  bool synced = true;            ///< What the journal has written is synced before it is answered.

  bool dead_producers = true;  ///< A producer counts as dead only when nothing of it is left in its node's journal.

  bool taken = true;  ///< The target of a merge remembers that it took it.

  bool fence = true;  ///< A new connection ends what is left of the old one.
};

}  // namespace cartd::simulation
