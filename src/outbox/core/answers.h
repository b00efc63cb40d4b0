// The outbox's answers to its callers.
#pragma once

#include "domain/cart.h"
#include "domain/decide.h"
#include "domain/durability.h"
#include "domain/record.h"

#include <memory>

namespace cartd {

/// How much an answer knows.
struct Knowledge {
  Durability durability;  ///< Where the answer's last change is known to be.
  bool degraded = false;  ///< The store was not asked: the cart as it was last seen, with what is pending on top.
  bool partial = false;   ///< Degraded, and the cart was never seen: only what is pending.
};

struct Acknowledged {
  Cart cart;  ///< As it is after the command.
  Outcome outcome;
  Knowledge knowledge;
};

struct Found {
  Cart cart;
  Knowledge knowledge;
  std::shared_ptr<const CartRecord> record{};  ///< What it was read from; null in a degraded answer.
};

}  // namespace cartd
