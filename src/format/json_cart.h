// Carts that other services keep in Redis as JSON, one string a cart:
//
//   {"cart_id": "123", "user_id": "ada", "items": [
//     {"product_id": "MUG", "name": "Mug", "price": 12.99, "quantity": 2, "metadata": {"gift": true}}]}
//
// cart_id     text or whole number; where it is there, it is the cart's id
// user_id     text or whole number, the owner; null or left out: none
// items       an array, of as many lines as a cart can have under any setting
// product_id  text or whole number, the SKU
// name        text; may be left out, or null
// price       of one piece, in the currency that the reader is given: a decimal number, or a text with one; may be left
//             out, or null. Exact: one with a fraction of a minor unit cannot be read
// quantity    a whole number, 1 and up
// metadata    an object; may be left out, or null
//
// What is called otherwise becomes part of the metadata of the line or the cart, so that nothing is lost. Items of one
// product with the same name, price and metadata are one line; where these differ, the first one is the line without
// a label, and each other one has a label that is made of them.
// Nothing says when lines were added: they are given times from 1970 on that keep their order, so that a cart that is
// read twice is the same. Every byte is looked at as hostile. Pure.
#pragma once

#include "domain/cart.h"
#include "domain/error.h"
#include "domain/minor_unit.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::format {

/// A text with more bytes than this is not read.
inline constexpr std::size_t max_json_cart_bytes = std::size_t{2} << 20;

struct JsonCart {
  std::optional<UserId> owner{};
  std::vector<Line> lines{};  ///< In shown_before order.
  std::string metadata{};     ///< As Cart::metadata.
};

/// Errc::corrupt with the reason, in a part of a sentence that goes on from the text: "is not JSON", "/items/2/price
/// is negative". It repeats nothing that the text holds.
Result<JsonCart> json_cart_from(std::string_view text, const CartId& id, const MinorUnit& prices);

/// Whether the text is a JSON object with an array of items: most likely such a cart, readable or not.
bool looks_like_json_cart(std::string_view text);

}  // namespace cartd::format
