// What the commands of transfers do: for decide(). Pure.
#pragma once

#include "domain/decide.h"
#include "domain/draft.h"
#include "domain/edits.h"
#include "domain/error.h"
#include "domain/record.h"

#include <memory>

namespace cartd {

/// On what they are decided, and what they change besides the lines.
struct TransferScene {
  const CartRecord& record;
  const Cart& cart;  ///< As it was before the command; empty where its time was over.
  const ApplyContext& context;
  bool was_accepted;  ///< Earlier: what is missing does not stand in its way.
  Draft& draft;
  RecordEdits& edits;
};

struct TransferEffect {
  bool lines_changed = false;
  bool record_changed = false;  ///< Beside the lines.
  std::shared_ptr<const TransferOutcome> taken{};
};

/// Errors: invalid (to itself), not_found (no lines, or none of that name).
Result<TransferEffect> begin_transfer(const BeginTransfer& command, const TransferScene& scene);
Result<TransferEffect> take_transfer(const TakeTransfer& command, const TransferScene& scene);
Result<TransferEffect> finish_transfer(const FinishTransfer& command, const TransferScene& scene);

/// The record's transfer, where it is still to be gone on with.
std::shared_ptr<const Transfer> transfer_under_way(const CartRecord& record, Time now);

/// The latest time at which a transfer is forgotten, once the edits are carried out; the epoch where there is none.
Time last_transfer_forgotten_at(const CartRecord& record, const RecordEdits& edits);

}  // namespace cartd
