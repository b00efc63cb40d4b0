// All that a store keeps of one cart. Plain values, no thread-safety of their own.
#pragma once

#include "domain/cart.h"
#include "domain/checkout.h"
#include "domain/command.h"
#include "domain/command_id.h"
#include "domain/time.h"
#include "domain/transfer.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace cartd {

/// The newest command of one producer that the record has.
struct AppliedSequence {
  ProducerId producer;
  std::uint64_t sequence;

  friend bool operator==(const AppliedSequence&, const AppliedSequence&) = default;
};

struct RememberedKey {
  Idempotency idempotency;
  Time at;

  friend bool operator==(const RememberedKey&, const RememberedKey&) = default;
};

/// Version, applied sequences and keys outlive the cart by the replay horizon; all of it lives as long as one of its
/// checkouts or transfers.
struct CartRecord {
  Cart cart;
  std::vector<AppliedSequence> applied_sequences{};
  std::vector<RememberedKey> keys{};
  std::vector<CheckoutNote> checkouts{};       ///< In no order.
  std::shared_ptr<const Transfer> transfer{};  ///< Lines of this cart that are on their way to another; null: none.
  std::vector<TakenTransfer> taken{};          ///< In no order.
  /// From then on a store may forget the record altogether: the replay horizon after the cart's expiry, or after
  /// its last command when the cart is gone, or when the last of its checkouts and transfers is forgotten.
  Time forget_at{};

  friend bool operator==(const CartRecord& a, const CartRecord& b);
};

/// The cart as a reader sees it at `now`: an expired one is empty, but keeps its version.
Cart visible(const CartRecord& record, Time now);

/// Whether the cart's time is over at `now`.
bool is_expired(const Cart& cart, Time now);

/// The rest of a cart that was deleted or has expired: its id and its version.
Cart without_content(const Cart& cart);

}  // namespace cartd
