// A cart's record as a row of cartd.carts, by docs/postgresql-layout.md. Pure.
#pragma once

#include "domain/error.h"
#include "domain/record.h"
#include "store/cart_store.h"
#include "store/postgres/call.h"
#include "store/postgres/row.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace cartd::postgres {

struct CartRow {
  Time now;                        ///< By the database's clock.
  std::optional<Snapshot> cart{};  ///< Nothing: there is no such row.
};

/// What load_cart answered. Errc::corrupt for a row that is none, of another layout too; every value is looked at as
/// hostile.
Result<CartRow> row_from(const CartId& id, const Rows& rows);

/// A row of scan_carts; `row` is one that there is. Errors as row_from(); of a row whose id is none, too.
Result<Snapshot> scanned_from(const Rows& rows, std::size_t row);

/// When a write may be done.
struct WriteGuard {
  Token token;                           ///< The row's, or 0: there is no row, or one whose time is past.
  std::optional<Time> own_now{};         ///< Instead of the database's clock, where that does not count …
  std::optional<Time> clock_to_agree{};  ///< … or, where it does, this machine's, which must not differ from it …
  Millis most_difference{};              ///< … by more than this.
};

/// Of write_cart and write_new_cart. `token` stands for the new record.
std::vector<Parameter> write_parameters(const CartRecord& record, Token token, const WriteGuard& guard);

/// The last parameter of the statements that write checkouts, too: a JSON array.
Parameter checkout_parameter(const std::vector<CheckoutEdit>& edits);

/// What find_checkout answered; null: there is none. Errors as row_from().
Result<std::shared_ptr<const Checkout>> checkout_from(const Rows& rows);

}  // namespace cartd::postgres
