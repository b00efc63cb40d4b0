// The carts as this process last saw them, for the time when the store is away. Bounded: what was not asked for longest
// makes room.
//
// Threads: belongs to one reactor.
#pragma once

#include "domain/cart.h"
#include "domain/ids.h"

#include <cstddef>
#include <list>
#include <unordered_map>

namespace cartd {

class SeenCarts {
 public:
  /// `max_weight` bounds the sum over the carts of one plus the number of lines.
  explicit SeenCarts(std::size_t max_weight) : max_weight_(max_weight) {}

  void put(const Cart& cart);
  /// Null when it was not seen, or too long ago. Valid until the next put().
  const Cart* find(const CartId& id) const;

 private:
  static std::size_t weight(const Cart& cart) { return 1 + cart.lines.size(); }

  const std::size_t max_weight_;
  std::size_t weight_ = 0;
  std::list<Cart> carts_;  ///< The newest first.
  std::unordered_map<CartId, std::list<Cart>::iterator> by_id_;
};

}  // namespace cartd
