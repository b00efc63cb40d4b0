#include "domain/record.h"

namespace cartd {

bool operator==(const CartRecord& a, const CartRecord& b) {
  if (a.cart != b.cart || a.applied_sequences != b.applied_sequences || a.keys != b.keys ||
      a.checkouts != b.checkouts || a.taken != b.taken || a.forget_at != b.forget_at)
    return false;
  return a.transfer && b.transfer ? *a.transfer == *b.transfer : a.transfer == b.transfer;
}

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
