// A checkout of a cart: what a customer is going to pay for, and, once that is done, the order that it became. A
// checkout takes a snapshot; the cart itself is never frozen. Plain values.
#pragma once

#include "domain/cart.h"
#include "domain/ids.h"
#include "domain/line_id.h"
#include "domain/money.h"
#include "domain/time.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cartd {

/// A line of which a cart or a shop has less than was asked for, or for which the shop wants more money.
struct LineDifference {
  LineId line;
  std::int64_t quantity = 0;                 ///< That was asked for.
  std::optional<std::int64_t> available{};   ///< Less than that.
  std::optional<Money> unit_price{};         ///< What the shop wants now …
  std::optional<Money> unit_price_before{};  ///< … and what the line says.

  friend bool operator==(const LineDifference&, const LineDifference&) = default;
};

/// What was paid for. Never changed.
struct Order {
  Time completed_at;
  std::string payment_ref{};  ///< A PaymentRef's text; empty: none was given.
  bool is_late = false;       ///< The checkout was not open any more when it was completed.
  /// Lines of which the cart held less by then; `available` says how much.
  std::vector<LineDifference> shortfall{};

  friend bool operator==(const Order&, const Order&) = default;
};

struct Checkout {
  CheckoutId id;
  CartId cart;
  std::optional<UserId> owner{};  ///< The cart's, when it was begun.
  std::vector<Line> lines{};      ///< At least one.
  std::string cart_metadata{};    ///< The cart's, when it was begun; as Cart::metadata.
  std::string metadata{};         ///< The checkout's own; as Cart::metadata.
  Time begun_at{};
  Time expires_at{};  ///< It is not open from then on; it can still be completed.
  Time forget_at{};   ///< From then on a store may forget it.
  std::optional<Order> order{};

  friend bool operator==(const Checkout&, const Checkout&) = default;
};

enum class CheckoutState {
  open,
  superseded,  ///< The cart changed, and another one was begun.
  aborted,
  completed,
};

/// What a cart's record says of one of its checkouts.
struct CheckoutNote {
  CheckoutId id;
  CheckoutState state;
  Time begun_at{};
  Time expires_at{};
  Time forget_at{};       ///< As Checkout::forget_at.
  std::string content{};  ///< A digest of what it stands for, 16 characters of URL-safe base64.
  std::string payment{};  ///< The same of the order's payment_ref; empty: none.

  friend bool operator==(const CheckoutNote&, const CheckoutNote&) = default;
};

/// `beginning`, of at most ten characters of URL-safe base64, and 128 bits of `random`.
CheckoutId checkout_id_of(std::string_view beginning, std::span<const unsigned char, 17> random);

/// Null where there is no such note.
const CheckoutNote* find_note(const std::vector<CheckoutNote>& notes, const CheckoutId& id);

/// Open, and its time is not over.
bool is_open(const CheckoutNote& note, Time now);

/// What a checkout is kept under is written in the same step as the cart's record.
struct CheckoutEdit {
  CheckoutId id;
  std::shared_ptr<const Checkout> content;  ///< Null: the store forgets it.
};

}  // namespace cartd
