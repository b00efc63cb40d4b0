// The service's results. Its own types, so that its users need to know neither stores nor the outbox.
#pragma once

#include "domain/cart.h"
#include "domain/command.h"
#include "domain/command_id.h"
#include "domain/decide.h"
#include "domain/durability.h"
#include "domain/ids.h"
#include "domain/record.h"
#include "domain/time.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartd {

/// A cart, and how much its answer knows.
struct CartView {
  Cart cart;
  Durability durability;  ///< Where the cart's last change is known to be.
  bool degraded = false;  ///< The store was not asked: the cart as it was last seen, with what is pending on top.
  bool partial = false;   ///< Degraded, and the cart was never seen: only what is pending.
  std::shared_ptr<const CartRecord> record{};  ///< Of a cart that was read; null in a degraded answer.
};

struct ChangeResult {
  CartView view;  ///< After the command.
  Effect effect;
  // As in Outcome:
  std::shared_ptr<const CheckoutOutcome> checkout{};
  std::shared_ptr<const Transfer> transfer{};
  std::shared_ptr<const TransferOutcome> taken{};
};

struct MergeResult {
  CartView target;                       ///< As it is now.
  std::vector<LineDifference> capped{};  ///< As TransferOutcome::capped.
  bool was_replayed = false;             ///< It had been done before; nothing happened now.
};

struct CheckoutView {
  std::shared_ptr<const Checkout> checkout;  ///< Not null.
  CheckoutState state;
  bool is_expired;  ///< Open, but for its time being over.
  Durability durability;
  bool is_new = false;  ///< The request made it, or the order.
};

/// A checkout in a list.
struct CheckoutSummary {
  CheckoutId id;
  CheckoutState state;
  bool is_expired;  ///< As above.
  Time begun_at;
  Time expires_at;
};

/// How much of the changed cart the caller wants to see.
enum class Detail {
  full,     ///< The whole cart.
  version,  ///< Id and version are enough; the rest of the cart may be left empty.
};

/// Whether the store can serve.
struct StoreReport {
  bool ready;
  std::string detail;  ///< For people: why it is not ready. No addresses, no secrets.
};

struct JournalReport {
  bool working;             ///< It takes changes.
  const char* state;        ///< The same in a word: "working", "full", …
  std::string failure;      ///< Why it does not work; empty while it does. No paths.
  std::uint64_t records;    ///< Changes in it, without dead letters.
  std::uint64_t bytes;      ///< Of changes and dead letters.
  std::uint64_t max_bytes;  ///< Their limit.
  std::uint64_t dead_letters;
};

/// How far the store is behind what was accepted.
struct OutboxReport {
  std::int64_t pending;      ///< Changes that may not be in the store yet.
  std::int64_t unconfirmed;  ///< Changes in the store that one more failure could undo.
  Millis oldest_pending;     ///< Age of the oldest change pending; 0: none is.
  std::int64_t memory;       ///< Bytes that these changes take.
  std::int64_t max_memory;   ///< Their limit: from there on no changes are taken.
  std::optional<JournalReport> journal{};
  std::int64_t acknowledged = 0;  ///< Of those pending, changes whose clients have their answer.
  bool takes_while_away = false;  ///< Without a journal: changes are acknowledged from memory while the store is away.
};

/// A change that was acknowledged and could not be applied. It stays until an operator decides.
struct DeadLetterReport {
  CommandId command_id;  ///< Names it.
  CartId cart;
  Command command;
  std::string reason;  ///< For people.
  Time accepted_at;
  Time given_up_at;
};

}  // namespace cartd
