// What the API offers on carts, in terms of the port. It hops to the cart's home reactor, judges what can be judged
// without the cart, and counts.
//
// Threads: may be called on any reactor of the process; the answer comes on the caller's.
#pragma once

#include "domain/command.h"
#include "domain/limits.h"
#include "outbox/outbox.h"
#include "runtime/clock.h"
#include "runtime/metrics.h"
#include "runtime/reactor.h"
#include "service/shard.h"
#include "store/cart_store.h"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace cartd {

/// Under which conditions a change is to be applied, as the client says.
struct Conditions {
  std::optional<std::uint64_t> expected_version{};
  std::optional<IdempotencyKey> idempotency_key{};
};

struct CartServiceOptions {
  Policy policy{};
  Millis store_deadline{200};  ///< How long one request may wait for the store.
};

class CartService {
 public:
  /// One shard a reactor, in the reactors' order. All arguments outlive the service.
  CartService(Reactors& reactors, std::vector<Shard>& shards, const Clock& clock, Metrics& metrics, CartServiceOptions options);
  ~CartService();

  /// The cart; empty with version 0 when nobody wrote to it.
  boost::asio::awaitable<Result<Cart>> find(CartId id);

  /// Applies the command once. Errors: invalid, limit_exceeded, version_mismatch, idempotency_mismatch, in_flight,
  /// unavailable, outcome_unknown, store_full, corrupt.
  boost::asio::awaitable<Result<Applied>> change(CartId id, Command command, Conditions conditions, Answer answer);

  /// Asks the store whether it can serve now.
  boost::asio::awaitable<StoreState> check();

  /// Where an acknowledged change is known to be.
  Durability durability() const;

  /// Changes accepted and not yet answered, of all reactors.
  std::size_t outbox_depth() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cartd
