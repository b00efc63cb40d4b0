// An owner's carts among the documents of cartd.carts. Pure.
#pragma once

#include "domain/owned_cart.h"
#include "store/mongodb/operation.h"
#include "store/owned.h"

#include <optional>

namespace cartd::mongodb {

/// The carts that are there at `now`, one more than the page is to have, and of their lines the quantities alone.
Operation find_carts_of(const OwnedRequest& request, Time now);

/// Nothing: somebody else wrote the document.
std::optional<OwnedCart> owned_cart_from(const Document& document);

/// The place of a document that find_carts_of() found, whether the rest of it can be read or not.
std::optional<CartPlace> place_in(const Document& document);

}  // namespace cartd::mongodb
