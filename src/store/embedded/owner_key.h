// The embedded store's index of carts by owner: an entry for each cart that has one, written in the same step as the
// cart's record. Pure.
//
//   key    "i", the user id, a zero byte, 2^64 - 1 minus when the cart was made (8 bytes, ms), the cart's id
//   value  when the cart expires (8 bytes, ms), the kind, empty where it is the usual one
//
// Numbers have the highest byte first: so an owner's entries stand together, the newest cart first.
#pragma once

#include "domain/owned_cart.h"

#include <optional>
#include <string>
#include <string_view>

namespace cartd::embedded {

inline constexpr char owner_prefix = 'i';

inline bool is_owner_key(std::string_view key) { return !key.empty() && key.front() == owner_prefix; }

/// What the keys of this owner's carts begin with.
std::string owner_key_prefix(const UserId& owner);
std::string owner_key(const UserId& owner, const CartPlace& place);
/// The place in a key that begins with owner_key_prefix(); nothing: cartd wrote no such key.
std::optional<CartPlace> place_in_key(const UserId& owner, std::string_view key);

struct OwnerEntry {
  std::string key;
  std::string value;

  friend bool operator==(const OwnerEntry&, const OwnerEntry&) = default;
};

/// Nothing for a cart that is in no list.
std::optional<OwnerEntry> owner_entry(const Cart& cart);

/// When the cart of this entry's value expires; nothing: it is no such value.
std::optional<Time> entry_expires_at(std::string_view value);
std::string_view entry_kind(std::string_view value);

}  // namespace cartd::embedded
