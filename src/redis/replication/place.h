// Where in the life of a server's data a command was executed.
#pragma once

#include <cstdint>

namespace cartd::redis {

/// When, in the life of a server's data, a command was executed. Means something to the client that gave it, to no
/// other.
struct Place {
  /// Stands for a server's process and its replication id (master_replid): as long as both stay, nothing that the
  /// server applied is undone. 0: unknown, because the server does not tell (INFO is not permitted).
  std::uint64_t history = 0;
  /// The safety round that covers the command: see Client::safe_round(). 0: unknown.
  std::uint64_t round = 0;
  /// Where the command was executed because of ASK: the history of the slot's owner. 0: `history` is the owner's.
  std::uint64_t home = 0;

  friend bool operator==(const Place&, const Place&) = default;
};

}  // namespace cartd::redis
