// One loop's carts in the embedded store (embedded_store.h). A commit compares the record's token: here nobody writes
// lines but by commits, so that it stands for the quantities, too.
#pragma once

#include "runtime/calls.h"
#include "store/cart_store.h"
#include "store/embedded/embedded_store.h"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <optional>

namespace cartd {

class EmbeddedCartStore final : public CartStore {
 public:
  /// `executor` is the reactor's. `store` outlives this, and this outlives the loop's last turn.
  EmbeddedCartStore(boost::asio::any_io_executor executor, EmbeddedStore& store);
  ~EmbeddedCartStore() override;

  std::optional<Loaded> known(const CartId& id) override;
  boost::asio::awaitable<Result<Loaded>> load(CartId id, Deadline deadline) override;
  boost::asio::awaitable<Result<Committed>> commit(CommitRequest request) override;
  boost::asio::awaitable<Result<std::shared_ptr<const Checkout>>> find_checkout(CheckoutId id,
                                                                                Deadline deadline) override;
  boost::asio::awaitable<Result<CartPage>> scan(ScanRequest request) override;
  boost::asio::awaitable<Result<OwnedPage>> carts_of(OwnedRequest request) override;
  boost::asio::awaitable<StoreState> check(Deadline deadline) override;
  Durability durability() const override { return Durability::disk; }
  bool serves(const CartId& id) const override;

 private:
  EmbeddedStore& store_;
  std::shared_ptr<Calls> calls_;
};

}  // namespace cartd
