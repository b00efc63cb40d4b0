// Where in the life of a server's data a command was executed.
#pragma once

#include <cstdint>

namespace cartd::redis {

/// When, in the life of a server's data, a command was executed. Means something to the client that gave it, to no
/// other.
struct WritePosition {
  /// Stands for a server's process and its replication id (master_replid): as long as both stay, nothing that the
  /// server applied is undone. 0: unknown, because the server does not tell (INFO is not permitted).
  std::uint64_t epoch = 0;
  /// The safety checkpoint that covers the command: see Client::durable_checkpoint(). 0: unknown.
  std::uint64_t checkpoint = 0;
  /// Where the command was executed because of ASK: the epoch of the slot's owner. 0: `epoch` is the owner's.
  std::uint64_t slot_owner_epoch = 0;

  friend bool operator==(const WritePosition&, const WritePosition&) = default;
};

}  // namespace cartd::redis
