// The outbox's core's actions: its only output. The driver carries an action out and tells the core the result,
// with the call that stands beside it; once for each action, in any order.
#pragma once

#include "domain/command_id.h"
#include "domain/error.h"
#include "domain/ids.h"
#include "domain/time.h"
#include "journal/journal.h"
#include "outbox/core/answers.h"
#include "store/cart_store.h"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace cartd {

/// Names one call of submit(), find() or retry() until it is completed. Whoever calls chooses it.
using RequestId = std::uint64_t;

namespace outbox {

/// CartStore::load(): OutboxCore::loaded().
struct LoadCart {
  CartId cart;
  Deadline deadline;
};
/// CartStore::commit(): OutboxCore::committed().
struct CommitCart {
  CommitRequest commit;
};
/// CartStore::add(): OutboxCore::added().
struct AddToCart {
  AddRequest add;
};
/// CartStore::load(), for a reader: OutboxCore::read().
struct ReadCart {
  RequestId request;
  CartId cart;
  Deadline deadline;
};

/// Journal::append(): OutboxCore::appended().
struct Append {
  JournalRecord record;
};
/// Journal::accept(): OutboxCore::accepted().
struct Accept {
  CommandId command_id;
};
/// Journal::release(); no answer.
struct Release {
  std::vector<CommandId> command_ids;
};
/// Journal::release_now(): OutboxCore::released().
struct ReleaseNow {
  CommandId command_id;
};
/// Journal::keep_dead_letter(); no answer. Without a journal it is only told to the operator.
struct KeepDeadLetter {
  JournalRecord record;
  std::string reason;
  Time at;
};
/// Journal::revive(): OutboxCore::revived(), with the new command id.
struct Revive {
  CommandId dead;
  JournalRecord renewed;
};

/// The answer to submit().
struct CompleteChange {
  RequestId request;
  Result<Acknowledged> result;
};
/// The answer to find().
struct CompleteRead {
  RequestId request;
  Result<Found> result;
};
/// The answer to retry().
struct CompleteRetry {
  RequestId request;
  Result<void> result;
};

using Action = std::variant<LoadCart, CommitCart, AddToCart, ReadCart, Append, Accept, Release, ReleaseNow,
                            KeepDeadLetter, Revive, CompleteChange, CompleteRead, CompleteRetry>;

}  // namespace outbox
}  // namespace cartd
