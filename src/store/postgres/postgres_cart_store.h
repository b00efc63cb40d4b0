// One loop's carts in a PostgreSQL database (postgres_store.h). A commit compares the row's token in the statement that
// writes it: nobody writes rows but by commits, so that it stands for the quantities, too.
#pragma once

#include "domain/limits.h"
#include "runtime/calls.h"
#include "runtime/clock.h"
#include "store/cache/record_cache.h"
#include "store/cart_store.h"
#include "store/postgres/cart_row.h"
#include "store/postgres/postgres_store.h"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <optional>

namespace cartd {

class PostgresCartStore final : public CartStore {
 public:
  /// `executor` is the reactor's. All others outlive this, and this outlives the loop's last turn. `cache_bytes` bounds
  /// the records that it remembers.
  PostgresCartStore(boost::asio::any_io_executor executor, PostgresStore& store, const Policy& policy,
                    const Clock& clock, std::size_t cache_bytes);
  ~PostgresCartStore() override;

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
  /// The record, and whether the database's clock agrees with this machine's.
  struct Found {
    Loaded loaded;
    bool clocks_agree;
  };

  boost::asio::awaitable<Result<Found>> find(CartId id, Deadline deadline);
  postgres::WriteGuard guard(const CommitRequest& request) const;
  /// This machine's clock, where the database's does not count.
  std::optional<Time> own_clock() const;
  Millis permitted_difference(Millis ttl) const;

  PostgresStore& store_;
  const Policy& policy_;
  const Clock& clock_;
  RecordCache cache_;
  std::shared_ptr<Calls> calls_;
};

}  // namespace cartd
