#include "domain/record.h"

namespace cartd {

bool is_expired(const Cart& cart, Time now) { return cart.expires_at && *cart.expires_at <= now; }

Cart without_content(const Cart& cart) {
  Cart rest{cart.id};
  rest.version = cart.version;
  return rest;
}

Cart visible(const CartRecord& record, Time now) {
  const bool is_there = exists(record.cart) && !is_expired(record.cart, now);
  return is_there ? record.cart : without_content(record.cart);
}

}  // namespace cartd
