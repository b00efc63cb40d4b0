// What happens to carts on their home reactor: questions and changes go to the outbox there, one command an
// idempotency key at a time, and are counted.
//
// Threads: belongs to one reactor and is used on it alone; destroyed when that has run for the last time.
#pragma once

#include "domain/command.h"
#include "domain/ids.h"
#include "outbox/outbox.h"
#include "runtime/reactor.h"
#include "service/cart_metrics.h"
#include "service/results.h"
#include "store/cart_store.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <set>
#include <string>

namespace cartd {

class CartHome {
 public:
  /// All outlive it; `journal` may be null. `outbox_memory` as for the outbox. `store_deadline`: how long one request
  /// may wait for the store.
  CartHome(Reactor& reactor, CartStore& store, const Policy& policy, const Clock& clock, Journal* journal,
           MemoryBudget& outbox_memory, CartMetrics& metrics, OutboxMetrics& outbox_metrics,
           const OutboxOptions& options, Millis store_deadline);

  Reactor& reactor() { return reactor_; }
  Outbox& outbox() { return outbox_; }

  /// As CartService::find().
  boost::asio::awaitable<Result<CartView>> find(CartId id);
  /// As CartService::change(), for a command that validate() has passed.
  boost::asio::awaitable<Result<ChangeResult>> change(CartId id, Change change, Detail detail);
  boost::asio::awaitable<StoreState> check();

 private:
  Reactor& reactor_;
  CartStore& store_;
  CartMetrics& metrics_;
  Outbox outbox_;
  const Millis store_deadline_;
  /// Idempotency keys, with their carts. Shared with the changes that hold them, which may be destroyed after this.
  const std::shared_ptr<std::set<std::string>> keys_under_way_ = std::make_shared<std::set<std::string>>();
};

}  // namespace cartd
