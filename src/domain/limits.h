// The limits of carts, as configuration with defaults. Stores and scripts hold no policy of their own: it is handed
// to them.
#pragma once

#include "domain/command.h"
#include "domain/error.h"
#include "domain/ids.h"
#include "domain/time.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cartd {

struct Limits {
  std::size_t max_lines = 500;                   ///< Lines in one cart.
  std::int64_t max_quantity = 999'999;           ///< Pieces in one line.
  std::size_t max_name_bytes = 256;              ///< A line's name.
  std::size_t max_line_metadata_bytes = 4096;    ///< A line's metadata, as compact JSON.
  std::size_t max_cart_metadata_bytes = 16'384;  ///< A cart's metadata, as compact JSON.
  std::size_t max_producers = 8;                 ///< Beyond this, applied sequences older than the horizon are pruned.
  std::size_t max_idempotency_keys = 32;         ///< Remembered per cart; the oldest makes room.
  std::size_t max_user_fields = 64;              ///< Fields of one user.
  std::size_t max_user_value_bytes = 4096;       ///< One field's value.
  std::size_t max_checkouts = 64;                ///< Remembered per cart; the oldest makes room.
  std::size_t max_taken_transfers = 64;          ///< Remembered per cart; the oldest makes room.
  Millis checkout_ttl = std::chrono::hours(1);   ///< How long a checkout is open.
  Millis order_retention = std::chrono::days(30);  ///< How long a checkout that is over, or an order, is kept.
  Millis replay_horizon = std::chrono::hours(24);  ///< How long version, applied sequences and keys outlive the cart.
  /// How far a server's clock may be from this machine's before changes are refused. Never more than half of a cart's
  /// ttl, but for Millis::max(): no clock is looked at.
  Millis max_clock_difference = std::chrono::hours(12);
};

/// How long one cart lives after its last command: by what it is then.
struct CartTtl {
  /// The same in every state.
  template <class Rep, class Period>
  CartTtl(std::chrono::duration<Rep, Period> always)  // NOLINT(google-explicit-constructor)
      : CartTtl(always, always, always) {}
  CartTtl(Millis filled_one, Millis empty_one, Millis owned_one)
      : filled(filled_one), empty(empty_one), owned(owned_one) {}

  Millis of(bool has_lines, bool has_owner) const { return !has_lines ? empty : has_owner ? owned : filled; }
  Millis least() const { return std::min({filled, empty, owned}); }
  Millis longest() const { return std::max({filled, empty, owned}); }

  friend bool operator==(const CartTtl&, const CartTtl&) = default;

  Millis filled;  ///< With lines, and without an owner.
  Millis empty;   ///< Without lines.
  Millis owned;   ///< With lines and an owner.
};

/// By the longest prefix of a cart's id that has a rule, else by the cart's state.
struct TtlPolicy {
  Millis standard = std::chrono::days(7);
  std::vector<std::pair<std::string, Millis>> by_prefix{};
  std::optional<Millis> empty{};  ///< Of carts without lines; nothing: `standard`.
  std::optional<Millis> owned{};  ///< Of carts with lines and an owner; nothing: `standard`.

  CartTtl ttl_of(const CartId& id) const;
  /// The shortest there is.
  Millis least() const;
};

struct Policy {
  Limits limits{};
  TtlPolicy ttl{};
};

/// Judges what can be judged without the cart: quantities and sizes. A fault inside a batch of several commands
/// carries the command's index as JSON pointer ("/2/quantity").
Result<void> validate(const Command& command, const Limits& limits);

}  // namespace cartd
