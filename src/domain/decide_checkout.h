// What the commands of checkouts do. Used by decide() alone. Pure.
#pragma once

#include "domain/checkout.h"
#include "domain/command.h"
#include "domain/decide.h"
#include "domain/draft.h"
#include "domain/edits.h"
#include "domain/error.h"
#include "domain/record.h"

#include <memory>
#include <optional>
#include <vector>

namespace cartd {

/// On what they are decided, and what they change besides the lines.
struct CheckoutScene {
  const Cart& cart;  ///< As it was before the command; empty where its time was over.
  const std::vector<CheckoutNote>& notes;
  const ApplyContext& context;
  bool was_accepted;  ///< Earlier: neither differences nor an empty cart stand in its way.
  Draft& draft;
  RecordEdits& edits;
  const Transfer* transfer;  ///< That is under way from the cart; null: none.
};

struct CheckoutEffect {
  bool lines_changed = false;
  bool notes_changed = false;
  std::shared_ptr<const CheckoutOutcome> outcome{};
};

/// Errors: lines_differ, nothing_to_buy, invalid (a price in another currency than the line's).
Result<CheckoutEffect> begin_checkout(const BeginCheckout& command, const CheckoutScene& scene);
/// Errors: lines_differ, payment_ref_used.
Result<CheckoutEffect> complete_checkout(const CompleteCheckout& command, const CheckoutScene& scene);
/// Errors: not_found, already_completed.
Result<CheckoutEffect> abort_checkout(const AbortCheckout& command, const CheckoutScene& scene);

/// The latest time at which one of the checkouts is forgotten, once the edits are carried out; the epoch where there is
/// none.
Time last_checkout_forgotten_at(const std::vector<CheckoutNote>& notes, const RecordEdits& edits);

}  // namespace cartd
