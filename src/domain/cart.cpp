#include "domain/cart.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace cartd {

bool operator==(const Line& a, const Line& b) {
  if (a.id != b.id || a.quantity != b.quantity) return false;
  if (!a.details || !b.details) return a.details == b.details;
  return *a.details == *b.details;
}

bool shown_before(const Line& a, const Line& b) {
  if (!a.details != !b.details) return a.details != nullptr;
  if (a.details && a.details->added_at != b.details->added_at) return a.details->added_at < b.details->added_at;
  return a.id < b.id;
}

Result<std::optional<CartKind>> kind_from(std::string_view name) {
  auto kind = CartKind::parse(name);
  if (!kind) return kind.error();
  return name == usual_kind ? std::optional<CartKind>() : std::optional(std::move(*kind));
}

std::string_view name_of(const std::optional<CartKind>& kind) { return kind ? kind->str() : usual_kind; }

bool exists(const Cart& cart) { return cart.created_at.has_value() || !cart.lines.empty(); }

std::int64_t item_count(const std::vector<Line>& lines) {
  return std::accumulate(lines.begin(), lines.end(), std::int64_t{0},
                         [](std::int64_t sum, const Line& line) { return sum + line.quantity; });
}

std::optional<Total> subtotal(const Line& line) {
  if (!line.details || !line.details->unit_price) return std::nullopt;
  const Money& price = *line.details->unit_price;
  return Total{static_cast<WideAmount>(price.amount_minor) * line.quantity, price.currency};
}

std::vector<Total> totals(const std::vector<Line>& lines) {
  std::vector<Total> sums;
  for (const Line& line : lines) {
    const std::optional<Total> part = subtotal(line);
    if (!part) continue;
    auto it = std::lower_bound(sums.begin(), sums.end(), part->currency,
                               [](const Total& total, const Currency& currency) { return total.currency < currency; });
    if (it == sums.end() || it->currency != part->currency) it = sums.insert(it, Total{0, part->currency});
    it->amount_minor += part->amount_minor;
  }
  return sums;
}

}  // namespace cartd
