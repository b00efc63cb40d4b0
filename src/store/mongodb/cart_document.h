// A cart's record as a document of cartd.carts, by docs/mongodb-layout.md. Pure.
#pragma once

#include "domain/edits.h"
#include "domain/error.h"
#include "domain/record.h"
#include "store/cart_store.h"
#include "store/mongodb/operation.h"

#include <optional>

namespace cartd::mongodb {

Operation find_cart(const CartId& id);

/// What find_cart() found. Errc::corrupt for a document that is none, of another layout too; every value is looked at
/// as hostile.
Result<Snapshot> cart_from(const CartId& id, const Document& document);

/// Writes the record if the document still has the token `before`, or, where that is 0, if there is none or one whose
/// time is past. `token` stands for the new record. `edits` are those that made it: they say which checkouts' documents
/// count from now on.
Operation write_cart(const CartRecord& record, Token before, Token token, const RecordEdits& edits, Time now);

/// Which documents of checkouts count, by the cart's own.
Operation find_counting_checkouts(const CartId& id);

struct CountingCheckouts {
  Token token;  ///< The cart's.
  Document checkouts;

  /// The token of the checkout's document that counts.
  std::optional<Token> of(const CheckoutId& id) const;
};

/// What find_counting_checkouts() found. Errors as cart_from().
Result<CountingCheckouts> counting_checkouts_from(const Document& document);

}  // namespace cartd::mongodb
