// What happens to carts on their home reactor: questions and changes go to the outbox there, one command an
// idempotency key at a time, and are counted.
//
// Threads: belongs to one reactor and is used on it alone; destroyed when that has run for the last time.
#pragma once

#include "domain/command.h"
#include "domain/ids.h"
#include "outbox/outbox.h"
#include "runtime/clock.h"
#include "runtime/reactor.h"
#include "service/cart_metrics.h"
#include "service/results.h"
#include "store/cart_store.h"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <set>
#include <string>

namespace cartd {

class CartHome {
 public:
  /// Does the steps that a transfer of this cart still needs.
  using Resume =
      std::function<boost::asio::awaitable<Result<void>>(CartId source, std::shared_ptr<const Transfer> transfer)>;

  /// All outlive it; `journal` may be null. `outbox_memory` as for the outbox. `store_deadline`: how long one request
  /// may wait for the store.
  CartHome(Reactor& reactor, CartStore& store, const Policy& policy, const Clock& clock, Journal* journal,
           MemoryBudget& outbox_memory, CartMetrics& metrics, OutboxMetrics& outbox_metrics,
           const OutboxOptions& options, Millis store_deadline);

  /// What to do about transfers that a crash left in the middle, when a cart with one is read or changed. To be called
  /// before anything else is.
  void resume_transfers_by(Resume resume) { resume_ = std::move(resume); }

  Reactor& reactor() { return reactor_; }
  Outbox& outbox() { return outbox_; }

  /// As CartService::find().
  boost::asio::awaitable<Result<CartView>> find(CartId id);
  /// As CartService::change(), for a command that validate() has passed.
  boost::asio::awaitable<Result<ChangeResult>> change(CartId id, Change change, Detail detail);
  boost::asio::awaitable<StoreState> check();

 private:
  void resume(const CartId& source, const std::shared_ptr<const Transfer>& transfer);

  Reactor& reactor_;
  CartStore& store_;
  const Clock& clock_;
  CartMetrics& metrics_;
  Outbox outbox_;
  const Millis store_deadline_;
  Resume resume_{};
  /// Carts whose transfer is being gone on with. Shared with what does that, which may be destroyed after this.
  const std::shared_ptr<std::set<CartId>> resumed_ = std::make_shared<std::set<CartId>>();
  /// Idempotency keys, with their carts. Shared with the changes that hold them, which may be destroyed after this.
  const std::shared_ptr<std::set<std::string>> keys_under_way_ = std::make_shared<std::set<std::string>>();
};

}  // namespace cartd
