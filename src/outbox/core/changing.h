// For the files that OutboxCore is made of.
#pragma once

#include "outbox/core/outbox_core.h"

namespace cartd {

/// Does `what` to the queue of a cart, and counts what it holds afterwards.
template <class What>
auto OutboxCore::changing(ActiveCart& cart, What what) {
  struct Count {
    ~Count() {
      core.figures_.pending += cart.queue.waiting() - waiting;
      core.figures_.acknowledged += cart.queue.acknowledged() - acknowledged;
      core.figures_.unconfirmed += cart.queue.unconfirmed() - unconfirmed;
      core.queue_bytes_ += cart.queue.bytes() - bytes;
      if (cart.pending_since) core.count_age(cart);
    }
    OutboxCore& core;
    ActiveCart& cart;
    const std::size_t waiting = cart.queue.waiting();
    const std::size_t acknowledged = cart.queue.acknowledged();
    const std::size_t unconfirmed = cart.queue.unconfirmed();
    const std::size_t bytes = cart.queue.bytes();
  };
  const Count count{*this, cart};
  return what(cart.queue);
}

}  // namespace cartd
