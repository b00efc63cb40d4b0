// The carts of one owner, as a list shows them: the newest first. Plain values. Pure.
//
// A cart's place is made of when the cart was made and its id, which never change while it is there: so that a list
// that is read page by page shows each cart that is there all the while, however many others come and go.
#pragma once

#include "domain/cart.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd {

/// No cart is newer than the end of the year 9999 (ms).
constexpr std::uint64_t last_place_time = 253'402'300'799'999;

/// Where a cart stands in its owner's list.
struct CartPlace {
  Time created_at;
  CartId id;

  friend bool operator==(const CartPlace&, const CartPlace&) = default;
  /// The newest first; ties by id, bytewise.
  friend bool operator<(const CartPlace& a, const CartPlace& b) {
    return a.created_at != b.created_at ? a.created_at > b.created_at : a.id < b.id;
  }
};

/// Nothing for a cart that is in no list: without an owner, or without anything.
std::optional<CartPlace> place_of(const Cart& cart);

/// Which kinds a list shows; nothing: all of them.
using KindFilter = std::optional<std::optional<CartKind>>;

inline bool shows(const KindFilter& filter, const std::optional<CartKind>& kind) { return !filter || *filter == kind; }

/// What a list shows of a cart.
struct OwnedCart {
  CartId id;
  std::optional<CartKind> kind{};
  std::uint64_t version = 0;
  Time created_at{};
  std::optional<Time> updated_at{};
  std::optional<Time> expires_at{};
  std::size_t line_count = 0;
  std::int64_t item_count = 0;

  friend bool operator==(const OwnedCart&, const OwnedCart&) = default;
};

inline CartPlace place_of(const OwnedCart& cart) { return {cart.created_at, cart.id}; }

/// Of a cart that has a place.
OwnedCart owned_from(const Cart& cart);

/// May have fewer carts than were asked for, even none, and not be the last: no store looks at any number of carts for
/// one page.
struct OwnedPage {
  std::vector<OwnedCart> carts{};   ///< In the order of their places.
  std::optional<CartPlace> next{};  ///< Behind which to go on; nothing: this was the last page.
};

/// The first `most` carts of several pages that begin behind the same place and have no cart in common.
OwnedPage merged(std::vector<OwnedPage> pages, std::size_t most);

/// A place as a text of URL-safe base64, and back; nothing: it is no such text.
std::string cursor_text(const CartPlace& place);
std::optional<CartPlace> place_from(std::string_view cursor);

}  // namespace cartd
