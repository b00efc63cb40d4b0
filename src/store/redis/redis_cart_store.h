// Carts in Redis, by the layout of docs/redis-layout.md: `cart:<id>` is a hash of SKU to quantity and nothing else, all
// the rest stands in `{cart:<id>}:meta`. One command is one script, and so one atomic step.
#pragma once

#include "domain/limits.h"
#include "redis/client.h"
#include "runtime/clock.h"
#include "store/cart_store.h"

#include <functional>

namespace cartd {

class RedisCartStore final : public CartStore {
 public:
  /// All of them outlive the store. `on_expired` is called when a command meets a cart whose time was over; it may be
  /// empty. (Redis itself drops expired carts; the ones that nobody touches again are in its own figures.)
  RedisCartStore(redis::Client& client, const Policy& policy, const Clock& clock, std::function<void()> on_expired);

  boost::asio::awaitable<Result<Shown>> find(CartId id, Deadline deadline) override;
  boost::asio::awaitable<Result<Applied>> apply(const ApplyRequest& request) override;
  boost::asio::awaitable<StoreState> check(Deadline deadline) override;
  Durability durability() const override { return Durability::primary; }
  bool serves(const CartId& id) const override;
  std::uint64_t history_of(const CartId& id) const override;
  std::uint64_t safe_round(std::uint64_t history) const override { return client_.safe_round(history); }

 private:
  redis::Client& client_;
  const Policy& policy_;
  const Clock& clock_;
  std::function<void()> on_expired_;
};

}  // namespace cartd
