// The keys of the embedded store's database. All stand in one column family, so that one write ahead log and one sync
// cover whatever is committed together.
//
//   key                 value
//   "l"                 the layout of keys and values in decimal: "2". A cartd that finds a higher one does not start
//   "c" and a cart id   the cart's record (format/record.h)
//   "i" and so on       a cart in the list of its owner (owner_key.h); layout 1 had none
//   "o" and an id       a checkout, or the order that it became (format/checkout.h)
//   "u" and a user id   the user's profile (format/user_fields.h)
//
// Ids are texts of at most 128 bytes (domain/ids.h). Keys are in bytewise order, so that all carts stand together, by
// id.
#pragma once

#include "domain/ids.h"

#include <string>
#include <string_view>

namespace cartd::embedded {

inline constexpr std::string_view layout_key = "l";
inline constexpr std::string_view layout_text = "2";
/// What the first cartd wrote.
inline constexpr std::string_view layout_without_owners = "1";
inline constexpr char cart_prefix = 'c';
inline constexpr char checkout_prefix = 'o';
inline constexpr char user_prefix = 'u';

inline std::string cart_key(const CartId& id) { return cart_prefix + id.str(); }
inline std::string checkout_key(const CheckoutId& id) { return checkout_prefix + id.str(); }
inline std::string user_key(const UserId& id) { return user_prefix + id.str(); }

inline bool is_checkout_key(std::string_view key) { return !key.empty() && key.front() == checkout_prefix; }
inline bool is_cart_key(std::string_view key) { return !key.empty() && key.front() == cart_prefix; }

}  // namespace cartd::embedded
