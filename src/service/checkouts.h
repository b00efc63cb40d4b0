// What happens to checkouts on their cart's home reactor. Each is idempotent by its nature: to begin, complete or abort
// again answers what is there.
//
// Threads: belongs to one reactor and is used on it alone.
#pragma once

#include "domain/command.h"
#include "domain/ids.h"
#include "runtime/clock.h"
#include "service/cart_home.h"
#include "service/cart_metrics.h"
#include "service/cart_service.h"
#include "service/checkout_request.h"
#include "service/results.h"
#include "store/cart_store.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <vector>

namespace cartd {

class Checkouts {
 public:
  /// All outlive it. `reactors` is where the ids' own homes lie.
  Checkouts(const Reactors& reactors, CartHome& home, CartStore& store, const CartServiceOptions& options,
            const Clock& clock, CartMetrics& metrics)
      : reactors_(reactors), home_(home), store_(store), options_(options), clock_(clock), metrics_(metrics) {}

  /// Errors: those of CartService::change(), lines_differ, nothing_to_buy.
  boost::asio::awaitable<Result<CheckoutView>> begin(CartId cart, CheckoutRequest request);
  /// Errors: those of CartService::change(), not_found, lines_differ, payment_ref_used.
  boost::asio::awaitable<Result<CheckoutView>> complete(CartId cart, CheckoutId id, std::string payment_ref,
                                                        bool is_strict);
  /// Errors: those of CartService::change(), not_found, already_completed.
  boost::asio::awaitable<Result<CheckoutView>> abort(CartId cart, CheckoutId id);
  boost::asio::awaitable<Result<CheckoutView>> find(CartId cart, CheckoutId id);
  /// Newest first.
  boost::asio::awaitable<Result<std::vector<CheckoutSummary>>> list(CartId cart);
  /// Those that became orders, newest first.
  boost::asio::awaitable<Result<std::vector<CheckoutView>>> orders(CartId cart);
  /// A checkout whose cart nobody named, as the store has it; null where it has none.
  boost::asio::awaitable<Result<std::shared_ptr<const Checkout>>> look_up(CheckoutId id);

 private:
  Deadline deadline() const { return Deadline::clock::now() + options_.store_deadline; }
  boost::asio::awaitable<Result<ChangeResult>> change(CartId cart, Change change);
  CheckoutView view_of(std::shared_ptr<const Checkout> checkout, const CheckoutNote* note, Durability durability) const;
  boost::asio::awaitable<Result<CheckoutView>> begun(CartId cart, CheckoutId id);
  boost::asio::awaitable<Result<CheckoutView>> outcome_of(const ChangeResult& changed);
  boost::asio::awaitable<Result<CheckoutView>> content_of(CheckoutNote note, Durability durability);

  const Reactors& reactors_;
  CartHome& home_;
  CartStore& store_;
  const CartServiceOptions& options_;
  const Clock& clock_;
  CartMetrics& metrics_;
};

}  // namespace cartd
