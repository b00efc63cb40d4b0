// A cart, as its readers see it, and the record that a store keeps of it.
// Plain values: freely copied and moved, no thread-safety of their own.
#pragma once

#include "domain/error.h"
#include "domain/ids.h"
#include "domain/line_id.h"
#include "domain/money.h"
#include "domain/time.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd {

/// A shop's description of a line, beyond its quantity.
struct LineDetails {
  std::string name;                 ///< For people; may be empty.
  std::optional<Money> unit_price;  ///< Price of one piece.
  std::string metadata;             ///< Text of a JSON object, compact; empty when there is none.
  Time added_at{};                  ///< When the line first got details. Set by apply().
  /// What the line's label was made of: text of a flat JSON object, see format/line_options.h; empty when there is
  /// none.
  std::string options{};
  /// The price that the shop's last one took the place of; see Draft::reprice(). A price that a client gives clears it.
  std::optional<Money> price_was{};

  /// Details that say nothing: a line with such details is a bare line.
  bool empty() const { return name.empty() && !unit_price && metadata.empty() && options.empty(); }

  friend bool operator==(const LineDetails&, const LineDetails&) = default;
};

/// A plain Redis client may write more than a command may; what is above this is not read as a quantity.
constexpr std::int64_t max_readable_quantity = 999'999'999'999;

struct Line {
  LineId id;
  std::int64_t quantity;  ///< 1 to max_readable_quantity.
  /// Null on a bare line: one that is exactly what a plain Redis client can write. Shared, never changed.
  std::shared_ptr<const LineDetails> details{};

  friend bool operator==(const Line& a, const Line& b);
};

/// The order in which every store shows lines: those with details by added_at, then the bare ones; ties by
/// SKU, then label, bytewise.
bool shown_before(const Line& a, const Line& b);

/// The kind of a cart that has no other.
inline constexpr std::string_view usual_kind = "cart";

/// The kind of this name; nothing: the usual one. Errc::invalid with the rule in the detail.
Result<std::optional<CartKind>> kind_from(std::string_view name);
std::string_view name_of(const std::optional<CartKind>& kind);

struct Cart {
  CartId id;
  std::optional<UserId> owner{};
  std::optional<CartKind> kind{};  ///< Nothing: the usual one. Never a kind of that name.
  std::vector<Line> lines{};       ///< In shown_before order.
  std::string metadata{};          ///< Text of a JSON object, compact; empty when there is none.
  std::uint64_t version = 0;       ///< Rises by one with every command that changed something; never falls.
  std::optional<Time> created_at{};
  std::optional<Time> updated_at{};
  std::optional<Time> expires_at{};

  friend bool operator==(const Cart&, const Cart&) = default;
};

/// False for a cart that was never written, was deleted or has expired.
bool exists(const Cart& cart);

/// Sum of the quantities.
std::int64_t item_count(const std::vector<Line>& lines);

/// quantity × unit price, in minor units; nothing for a line without a price.
std::optional<Total> subtotal(const Line& line);

/// One entry a currency, by currency code. Lines without a price are in none.
std::vector<Total> totals(const std::vector<Line>& lines);

}  // namespace cartd
