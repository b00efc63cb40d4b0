// A checkout, or the order that it became, as stores keep it, and what a cart's record says of it.
//
//   offset  bytes
//        0      1  the layout's version: 1
//        1      8  forget_at
//        9         id, cart, owner or an empty text, the cart's metadata, the checkout's own, begun_at, expires_at,
//        lines,
//                  then 0, or for an order: 1, completed_at, payment_ref, 1 if it is late or 0, shortfall: its number,
//                  then of each: identity, quantity, what there was
//
// A note: id, state (0 open, 1 superseded, 2 aborted, 3 completed), begun_at, expires_at, forget_at, content (16
// characters), and 0, or 1 and the payment (16 characters). Values are as in format/cart_values.h. What is written
// otherwise gets another version; a reader reads all that there ever were.
#pragma once

#include "domain/checkout.h"
#include "domain/error.h"
#include "format/binary.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cartd::format {

std::string checkout_to_bytes(const Checkout& checkout);

/// Errc::corrupt when `bytes` is anything else. Every byte is looked at as hostile.
Result<std::shared_ptr<const Checkout>> checkout_from_bytes(std::string_view bytes);

/// When it may be forgotten, without decoding it; nothing where the beginning is not that of a checkout.
std::optional<Time> checkout_forget_at(std::string_view bytes);

inline constexpr std::size_t least_note_bytes = 38;
void append_note(std::string& out, const CheckoutNote& note);
std::optional<CheckoutNote> note_in(BinaryReader& in);

}  // namespace cartd::format
