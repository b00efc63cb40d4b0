// An owner's list of carts in Redis: a sorted set in the slot of the owner, and so in another one than most of its
// carts. An entry is made before the commit that gives a cart its owner, and is checked against the cart when the list
// is read: a crash in between leaves an entry too many, never one too few. Pure.
//
// All members have the score 0, so that they stand in bytewise order: 12 hexadecimal digits of 2^48 - 1 minus when the
// cart was made (ms), its id, a blank and its kind.
#pragma once

#include "domain/owned_cart.h"
#include "store/cart_store.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd {

std::string list_key(const UserId& owner);     ///< user:{<id>}:carts
std::string listing_key(const UserId& owner);  ///< user:{<id>}:listing: is there for a while after an entry was made.

std::string list_member(const CartPlace& place, const std::optional<CartKind>& kind);
/// Stands behind all members of this place, and before those of the next one.
std::string behind_members(const CartPlace& place);

struct ListEntry {
  CartPlace place;
  std::optional<CartKind> kind{};
};

/// Nothing: cartd made no such member.
std::optional<ListEntry> entry_from(std::string_view member);

/// The entry of a cart that has an owner.
struct Listing {
  UserId owner;
  std::string member;
  bool is_new;  ///< The cart gets this place with the commit.
  Time expires_at{};
};

/// What is to be in a list when the commit is done; nothing: the cart has no owner then.
std::optional<Listing> listing_after(const CommitRequest& request);

/// Which entries this process has made a while ago, so that it need not make them with each commit: a fixed number;
/// what has no room is made again.
class ListedCarts {
 public:
  ListedCarts() : made_(slots) {}

  /// In this epoch of the list's server, for a cart that expires at that time, and not long ago: somebody may have
  /// deleted the list since.
  bool has(const Listing& listing, std::uint64_t epoch, Deadline now) const;
  /// `lives_until`: how long the list lives at least.
  void note(const Listing& listing, std::uint64_t epoch, Time lives_until, Deadline now);

 private:
  static constexpr std::size_t slots = 65'536;  // 2 MiB
  struct Made {
    std::size_t hash = 0;
    std::uint64_t epoch = 0;
    Time lives_until{};
    Deadline at{};
  };
  std::vector<Made> made_;
};

}  // namespace cartd
