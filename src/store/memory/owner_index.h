// Which carts an owner has: the memory store's index, kept with its records.
#pragma once

#include "domain/owned_cart.h"
#include "store/owned.h"

#include <cstddef>
#include <set>
#include <unordered_map>

namespace cartd {

class OwnerIndex {
 public:
  /// Does nothing for a cart that is in no list.
  void add(const Cart& cart) {
    if (const auto place = place_of(cart)) places_[*cart.owner].insert(*place);
  }

  /// `cart` as it was added.
  void remove(const Cart& cart) {
    const auto place = place_of(cart);
    const auto found = place ? places_.find(*cart.owner) : places_.end();
    if (found == places_.end()) return;
    found->second.erase(*place);
    if (found->second.empty()) places_.erase(found);
  }

  /// `find` answers the cart, or null where its time is over.
  template <class Find>
  OwnedPage page(const OwnedRequest& request, Find find) const {
    OwnedPage page;
    const auto found = places_.find(request.owner);
    if (found == places_.end()) return page;
    const Places& places = found->second;
    auto at = request.after ? places.upper_bound(*request.after) : places.begin();
    for (std::size_t looked_at = 0; at != places.end(); ++at) {
      if (page.carts.size() == request.most || looked_at == most_looked_at) return page;
      ++looked_at;
      page.next = *at;
      const Cart* const cart = find(at->id);
      if (cart != nullptr && shows(request.kind, cart->kind)) page.carts.push_back(owned_from(*cart));
    }
    page.next.reset();
    return page;
  }

  /// About what an entry takes; 0 for a cart that is in no list.
  static std::size_t footprint(const Cart& cart) {
    constexpr std::size_t node = 4 * sizeof(void*);
    if (!place_of(cart)) return 0;
    return node + sizeof(CartPlace) + cart.id.str().size() + node + sizeof(Places) + cart.owner->str().size();
  }

 private:
  using Places = std::set<CartPlace>;
  std::unordered_map<UserId, Places> places_{};
};

}  // namespace cartd
