// Decides what a command does to a cart; nothing else does. Pure. Stores load records and write edits; none
// of them knows a rule.
#pragma once

#include "domain/command.h"
#include "domain/command_id.h"
#include "domain/edits.h"
#include "domain/error.h"
#include "domain/limits.h"
#include "domain/record.h"
#include "domain/time.h"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace cartd {

struct ApplyContext {
  CommandId command_id;
  Time now;
  CartTtl ttl;
  const Limits& limits;
  /// The applied sequences that the record must have: the newest command of each producer that it is known to have
  /// had.
  std::span<const AppliedSequence> required{};
  /// False for a command that was accepted before: limits and expected_version are not judged again.
  bool enforce_preconditions = true;
  /// The clock of the store, which decides whether the cart's time is over; nothing: `now` does.
  std::optional<Time> store_now{};
  /// Producers of which no command can reach a store any more, in order: their applied sequences leave the record, but
  /// for those that `required` names.
  std::span<const ProducerId> dead_producers{};
};

enum class Effect {
  changed,    ///< The command took effect and the version rose.
  unchanged,  ///< Accepted; there was nothing to change.
  duplicate,  ///< This command id was applied before; nothing happened now.
  replayed,   ///< The idempotency key stood for this very command; nothing changed now.
};

/// The checkout that a command was about.
struct CheckoutOutcome {
  CheckoutNote note;                        ///< As it is now.
  std::shared_ptr<const Checkout> content;  ///< Null where the command did not change it.
};

/// What the target made of a transfer.
struct TransferOutcome {
  bool has_it;  ///< It has it, from now or from before. False: its key had been used for another one.
  std::vector<LineDifference> capped{};  ///< Lines of which a limit left less than the policy asks for.

  friend bool operator==(const TransferOutcome&, const TransferOutcome&) = default;
};

struct Outcome {
  Effect effect;
  bool found_expired = false;  ///< The command met a cart whose time was over, and started it afresh.
  std::shared_ptr<const CheckoutOutcome> checkout{};  ///< Null after a command that was about none.
  /// The transfer that the cart has under way after the command, and the other steps are to be done for; null: none.
  std::shared_ptr<const Transfer> transfer{};
  std::shared_ptr<const TransferOutcome> taken{};  ///< Null but after TakeTransfer.
};

struct Decision {
  Outcome outcome;
  RecordEdits edits;
};

/// Decides `change`, valid by validate(), on `record`. The order of judgement:
/// 1. an expired cart counts as gone; 2. a command id that is not above its producer's applied sequence changes
/// nothing; 3. an applied sequence that has not reached what it has to (Errc::rolled_back: the store lost commands,
/// which have to come first); 4. a remembered key (Errc::idempotency_mismatch when it stood for another command); 5.
/// expected_version (Errc::version_mismatch); 6. the command (Errc::limit_exceeded).
///
/// An accepted command, a replayed one too, renews the expiry of a cart that exists, unless that would move it by 1 %
/// of the ttl or less, and leaves its applied sequence and key, unless there is neither a cart nor a key nor a change
/// to speak of.
Result<Decision> decide(const CartRecord& record, const Change& change, const ApplyContext& context);

/// decide() and patch(): wholly, or, on an error, not at all.
Result<Outcome> apply(CartRecord& record, const Change& change, const ApplyContext& context);

}  // namespace cartd
