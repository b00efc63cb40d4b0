// One loop's carts in a MongoDB database (mongodb_store.h). It remembers the records that it saw last, to decide on
// them; what they are now, the database says. A token stands for the whole record, as nobody writes documents but by
// commits, so that it stands for the quantities, too.
#pragma once

#include "domain/limits.h"
#include "runtime/calls.h"
#include "runtime/clock.h"
#include "store/cache/record_cache.h"
#include "store/cart_store.h"
#include "store/mongodb/mongodb_store.h"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <optional>

namespace cartd {

class MongodbCartStore final : public CartStore {
 public:
  /// `executor` is the reactor's. All others outlive this, and this outlives the loop's last turn. `cache_bytes` bounds
  /// the records that it remembers.
  MongodbCartStore(boost::asio::any_io_executor executor, MongodbStore& store, const Policy& policy, const Clock& clock,
                   std::size_t cache_bytes);
  ~MongodbCartStore() override;

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
  /// Which record counts as past its time: by the database's clock, as that deletes, or by this machine's, where that
  /// of the database does not count.
  Time now() const;
  bool clocks_agree(Millis ttl) const;
  boost::asio::awaitable<Result<Committed>> write(const CommitRequest& request);
  boost::asio::awaitable<Result<Committed>> instead(CartId id, Deadline deadline);
  /// Counts what cannot be decoded.
  Error noted(Error error);

  MongodbStore& store_;
  const Policy& policy_;
  const Clock& clock_;
  RecordCache cache_;
  std::shared_ptr<Calls> calls_;
};

}  // namespace cartd
