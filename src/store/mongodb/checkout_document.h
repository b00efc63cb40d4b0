// A checkout, or the order that it became, as a document of cartd.checkouts, by docs/mongodb-layout.md. Pure.
//
// Each change of a checkout is a document of its own, written before the cart, which says in the one step in which it
// is written which of them counts. An order, which never changes, is marked as confirmed once it counts, and then
// counts for ever, also when the cart does not know of it any more.
#pragma once

#include "domain/checkout.h"
#include "domain/error.h"
#include "store/cart_store.h"
#include "store/mongodb/operation.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartd::mongodb {

/// The id of the document that was written for the checkout by the commit with that token.
std::string checkout_document_id(const CheckoutId& id, Token token);

Operation insert_checkout(const Checkout& checkout, Token token);
Operation erase_checkouts(const std::vector<std::string>& document_ids);
/// Only where it is an order.
Operation confirm_order(const std::string& document_id);

/// All documents of the checkout.
Operation find_checkout_documents(const CheckoutId& id);

/// The one that counts by itself; null where there is none.
const Document* confirmed_among(const std::vector<Document>& documents);
/// The one with that id; null where there is none.
const Document* with_id(const std::vector<Document>& documents, std::string_view document_id);

/// The cart of which the checkout is one; nothing where the document is none.
std::optional<CartId> cart_of(const Document& document);
/// Errc::corrupt for a document that is none, of another layout or another checkout too.
Result<std::shared_ptr<const Checkout>> checkout_from(const CheckoutId& id, const Document& document);

}  // namespace cartd::mongodb
