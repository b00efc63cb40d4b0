// Carts in this process's memory: for development, tests and single servers. Gone with the process.
//
// At its memory bound it refuses what would grow (Errc::store_full) and evicts nothing. Expired carts make room by
// themselves.
#pragma once

#include "runtime/clock.h"
#include "runtime/memory_budget.h"
#include "store/cart_store.h"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>

namespace cartd {

class MemoryCartStore final : public CartStore {
 public:
  /// `clock` and `budget` outlive the store. `on_expired` is called once for every cart whose time is over;
  /// it may be empty. `executor` is the reactor's: the store looks for expired carts on it, every second.
  MemoryCartStore(boost::asio::any_io_executor executor, const Clock& clock, MemoryBudget& budget,
                  std::function<void()> on_expired);
  ~MemoryCartStore() override;

  std::optional<Loaded> known(const CartId& id) override;
  boost::asio::awaitable<Result<Loaded>> load(CartId id, Deadline deadline) override;
  boost::asio::awaitable<Result<Committed>> commit(CommitRequest request) override;
  boost::asio::awaitable<Result<std::shared_ptr<const Checkout>>> find_checkout(CheckoutId id,
                                                                                Deadline deadline) override;
  boost::asio::awaitable<Result<CartPage>> scan(ScanRequest request) override;
  boost::asio::awaitable<Result<OwnedPage>> carts_of(OwnedRequest request) override;
  bool shows_all() const override { return false; }
  boost::asio::awaitable<StoreState> check(Deadline deadline) override;
  Durability durability() const override { return Durability::memory; }

  /// Empties the carts and forgets the records and checkouts whose time is over, a bounded number a call.
  void reclaim();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace cartd
