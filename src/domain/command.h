// The changes that a cart knows. A command says what is wanted; apply() (domain/decide.h) says what happens.
#pragma once

#include "domain/cart.h"
#include "domain/checkout.h"
#include "domain/idempotency.h"
#include "domain/ids.h"
#include "domain/transfer.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cartd {

/// What a change says of a line's details. Members that are absent stay as they are.
struct DetailsPatch {
  std::optional<std::string> name{};                 ///< Empty: none from now on.
  std::optional<std::optional<Money>> unit_price{};  ///< Null: none from now on.
  std::optional<std::string> metadata{};             ///< Text of a JSON object, compact; empty: none from now on.
  bool merges_metadata = false;  ///< `metadata` is merged into the line's (RFC 7396). In Describe alone.
  std::string options{};         ///< As LineDetails::options; empty: they stay.

  friend bool operator==(const DetailsPatch&, const DetailsPatch&) = default;
};

/// quantity += n, creating the line.
struct Add {
  LineId line;
  std::int64_t quantity;
  DetailsPatch details{};

  friend bool operator==(const Add&, const Add&) = default;
};

/// quantity −= n; the line goes when nothing is left. A missing line stays missing.
struct Remove {
  LineId line;
  std::int64_t quantity;

  friend bool operator==(const Remove&, const Remove&) = default;
};

/// The line goes, whatever its quantity.
struct RemoveLine {
  LineId line;

  friend bool operator==(const RemoveLine&, const RemoveLine&) = default;
};

/// quantity = n, creating the line; 0 removes it.
struct Set {
  LineId line;
  std::int64_t quantity;
  DetailsPatch details{};

  friend bool operator==(const Set&, const Set&) = default;
};

/// Changes details of a line that is there, and leaves its quantity alone.
struct Describe {
  LineId line;
  DetailsPatch details;

  friend bool operator==(const Describe&, const Describe&) = default;
};

/// The shop's own price for a line that is there; a line that is not is passed over. The line shows the price before
/// it.
struct Reprice {
  LineId line;
  Money unit_price;

  friend bool operator==(const Reprice&, const Reprice&) = default;
};

/// All lines go. The cart, its owner, its metadata and its version stay.
struct Clear {
  friend bool operator==(const Clear&, const Clear&) = default;
};

using LineCommand = std::variant<Add, Remove, RemoveLine, Set, Describe, Reprice, Clear>;

/// Line commands, one after another: all of them or none. A single line command is a batch of one.
struct Batch {
  std::vector<LineCommand> commands;

  friend bool operator==(const Batch&, const Batch&) = default;
};

/// Changes what is given: the cart's metadata, the cart's owner (null removes it), the cart's kind (null: the usual).
struct Annotate {
  std::optional<std::string> metadata{};  ///< A patch of the cart's (RFC 7396); empty text removes it all.
  std::optional<std::optional<UserId>> owner{};
  std::optional<std::optional<CartKind>> kind{};

  friend bool operator==(const Annotate&, const Annotate&) = default;
};

/// Drops the cart. Its version and its applied sequences stay for the replay horizon.
struct Delete {
  friend bool operator==(const Delete&, const Delete&) = default;
};

/// Changes nothing, and so only renews the expiry of an existing cart.
struct Touch {
  friend bool operator==(const Touch&, const Touch&) = default;
};

/// What the shop says of a line when a checkout begins. Members that are absent are not looked at.
struct Offer {
  LineId line;
  std::optional<Money> unit_price{};        ///< What one piece costs today.
  std::optional<std::int64_t> available{};  ///< How many there are; 0 or more.

  friend bool operator==(const Offer&, const Offer&) = default;
};

/// Takes a snapshot of the cart. Where a checkout of the cart as it is is open, that one stays; another one is
/// superseded. A lower price is taken over by the line. A higher one, and what is not available, is refused, or, if it
/// is accepted, taken over.
struct BeginCheckout {
  CheckoutId id;                ///< A new one.
  std::vector<Offer> offers{};  ///< Each line once. Lines that the cart does not have are passed over.
  bool accepts_differences = false;
  std::string metadata{};  ///< As Checkout::metadata.

  friend bool operator==(const BeginCheckout&, const BeginCheckout&) = default;
};

/// Makes the order of the checkout, once, and takes its pieces out of the cart, as far as they are there.
struct CompleteCheckout {
  std::shared_ptr<const Checkout> checkout;  ///< Not null.
  std::string payment_ref{};                 ///< As Order::payment_ref. It belongs to one checkout of the cart.
  bool is_strict = false;                    ///< Refused where the cart does not hold all of it.
};

/// The checkout is not open any more; it can still be completed.
struct AbortCheckout {
  CheckoutId id;

  friend bool operator==(const AbortCheckout&, const AbortCheckout&) = default;
};

bool operator==(const CompleteCheckout& a, const CompleteCheckout& b);

/// The source's first step. A transfer that is under way stays the one that there is.
struct BeginTransfer {
  std::string id;  ///< As Transfer::id.
  CartId target;
  MergePolicy policy = MergePolicy::sum;
  std::optional<std::vector<WantedLine>> lines{};  ///< Nothing: all that the cart has. Each line once.
  std::optional<Idempotency> key{};                ///< As Transfer::key.

  friend bool operator==(const BeginTransfer&, const BeginTransfer&) = default;
};

/// The target's step. A limit caps quantities; nothing is refused.
struct TakeTransfer {
  std::shared_ptr<const Transfer> transfer;  ///< Not null.
};

bool operator==(const TakeTransfer& a, const TakeTransfer& b);

/// The source's last step: forgets the transfer, and where the target has it, loses its lines, as far as they are
/// there, once. It carries the transfer: a store that was rolled back may get this command before the first step.
struct FinishTransfer {
  std::shared_ptr<const Transfer> transfer;  ///< Not null.
  bool was_taken = true;
};

bool operator==(const FinishTransfer& a, const FinishTransfer& b);

using Command = std::variant<Batch, Annotate, Delete, Touch, BeginCheckout, CompleteCheckout, AbortCheckout,
                             BeginTransfer, TakeTransfer, FinishTransfer>;

/// What it comes to is decided by the store's own record alone, and not on the cart as it was seen last.
bool needs_store(const Command& command);

/// A command's name in metrics. A batch of one line command is called like that one.
enum class CommandKind {
  add,
  remove,
  remove_line,
  set,
  describe,
  reprice,
  clear,
  batch,
  annotate,
  delete_cart,
  touch,
  begin_checkout,
  complete_checkout,
  abort_checkout,
  begin_transfer,
  take_transfer,
  finish_transfer,
};

constexpr std::size_t command_kinds = static_cast<std::size_t>(CommandKind::finish_transfer) + 1;

CommandKind kind(const Command& command);

/// "add", "remove", "remove_line", "set", "describe", "reprice", "clear", "batch", "annotate", "delete", "touch",
/// "begin_checkout", "complete_checkout", "abort_checkout", "begin_transfer", "take_transfer", "finish_transfer".
const char* to_string(CommandKind kind);

/// A command and the conditions under which it is to be applied.
struct Change {
  Command command;
  std::optional<std::uint64_t> expected_version{};
  std::optional<Idempotency> idempotency{};
};

/// Only the store's own record can say whether it is accepted.
bool is_judged_by_store(const Change& change);

}  // namespace cartd
