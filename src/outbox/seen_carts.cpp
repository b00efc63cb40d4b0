#include "outbox/seen_carts.h"

namespace cartd {

void SeenCarts::put(const Cart& cart) {
  const auto known = by_id_.find(cart.id);
  if (known != by_id_.end()) {
    weight_ -= weight(*known->second);
    *known->second = cart;
    carts_.splice(carts_.begin(), carts_, known->second);
  } else {
    carts_.push_front(cart);
    by_id_.emplace(cart.id, carts_.begin());
  }
  weight_ += weight(cart);
  while (weight_ > max_weight_ && !carts_.empty()) {
    weight_ -= weight(carts_.back());
    by_id_.erase(carts_.back().id);
    carts_.pop_back();
  }
}

const Cart* SeenCarts::find(const CartId& id) const {
  const auto known = by_id_.find(id);
  return known == by_id_.end() ? nullptr : &*known->second;
}

}  // namespace cartd
