// What can be switched off, to show that the simulation finds what it guards against. What the product does not let
// anybody switch off is undone around it: by a store that does not compare, or a node that answers too early.
#pragma once

namespace cartd::simulation {

struct Guards {
  bool sequences = true;          ///< A record tells which commands it has.
  bool compared_first = true;     ///< A first attempt is compared with the record, not only a repetition.
  bool fence = true;              ///< A new connection ends what is left of the old one.
  bool authority = true;          ///< Nothing counts as durable before the Sentinels confirm the primary.
  bool authority_lag = true;      ///< They are asked only when they must have heard of what happened before.
  bool unconfirmed_first = true;  ///< After a failover, what was unconfirmed goes before what is new.
};

}  // namespace cartd::simulation
