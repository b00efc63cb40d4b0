// Use cases on carts, in terms of the port. Goes to the cart's home loop, checks what can be checked
// without the cart, and counts.
//
// Threads: may be called on any reactor of the process; the answer comes on the caller's.
#pragma once

#include "domain/command.h"
#include "domain/limits.h"
#include "runtime/clock.h"
#include "runtime/memory_budget.h"
#include "runtime/metrics.h"
#include "runtime/reactor.h"
#include "service/cart_metrics.h"
#include "service/checkout_request.h"
#include "service/conditions.h"
#include "service/merge_request.h"
#include "service/results.h"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace cartd {

class CartHome;
class Checkouts;
class Transfers;
class Journal;
class OutboxMetrics;
struct Shard;

struct CartServiceOptions {
  Policy policy{};
  Millis store_deadline{200};                         ///< How long one request may wait for the store.
  std::size_t outbox_memory = std::size_t{64} << 20;  ///< Bytes for changes that are not durable, in the whole process.
  Millis retention{10'000};                           ///< As in OutboxOptions.
  bool memory_while_away = false;                     ///< As in OutboxOptions.
};

class CartService {
 public:
  /// One shard a reactor, in the reactors' order. All arguments outlive the service; `journal` may be null.
  CartService(Reactors& reactors, std::vector<Shard>& shards, const Clock& clock, Metrics& metrics, Journal* journal,
              CartServiceOptions options);
  ~CartService();

  /// Starts to maintain unconfirmed changes. With a journal, changes that an earlier process left go to the store
  /// now.
  void start();
  /// Ends that. Unconfirmed changes stay in the journal.
  void stop();

  /// The cart; empty with version 0 if it was never written.
  boost::asio::awaitable<Result<CartView>> find(CartId id);
  /// The same where the condition holds. Errors: those of find(), version_mismatch, degraded: only the store can tell.
  boost::asio::awaitable<Result<CartView>> find(CartId id, CartCondition condition);

  /// Applies the command once, where the conditions hold: to the very cart for which they were found to hold. Errors:
  /// invalid, limit_exceeded, version_mismatch, idempotency_mismatch, in_flight, unavailable, degraded,
  /// outcome_unknown, store_full, outbox_full, journal_full, journal_stalled, journal_failed, corrupt.
  boost::asio::awaitable<Result<ChangeResult>> change(CartId id, Command command, Conditions conditions, Detail detail);

  /// As Transfers::merge(). Errors: also those of validate().
  boost::asio::awaitable<Result<MergeResult>> merge(CartId target, MergeRequest request);

  /// As Checkouts::begin(). Errors: also those of validate().
  boost::asio::awaitable<Result<CheckoutView>> begin_checkout(CartId cart, CheckoutRequest request);
  /// As Checkouts::complete(). Errors: also those of validate().
  boost::asio::awaitable<Result<CheckoutView>> complete_checkout(CartId cart, CheckoutId id, std::string payment_ref,
                                                                 bool is_strict);
  boost::asio::awaitable<Result<CheckoutView>> abort_checkout(CartId cart, CheckoutId id);
  /// Errc::not_found: the cart has no such checkout.
  boost::asio::awaitable<Result<CheckoutView>> find_checkout(CartId cart, CheckoutId id);
  /// Newest first.
  boost::asio::awaitable<Result<std::vector<CheckoutSummary>>> checkouts(CartId cart);
  /// Errc::not_found: there is no such order.
  boost::asio::awaitable<Result<CheckoutView>> find_order(CheckoutId id);
  /// Newest first.
  boost::asio::awaitable<Result<std::vector<CheckoutView>>> orders(CartId cart);

  /// Asks the store whether it can serve now.
  boost::asio::awaitable<StoreReport> check();

  /// How the outboxes of all reactors stand. Figures only: cheap enough for a probe.
  OutboxReport outbox() const;

  /// Changes that were acknowledged and could not be replayed: the first `limit` behind `after`, or of all, by producer
  /// and sequence. They are read from the journal's disk, and Errc::journal_stalled says that it does not answer.
  boost::asio::awaitable<Result<std::vector<DeadLetterReport>>> dead_letters(std::optional<CommandId> after,
                                                                             std::size_t limit);
  /// One of them. Errc::not_found: there is none.
  boost::asio::awaitable<Result<DeadLetterReport>> dead_letter(CommandId command_id);

  /// Sends the dead letter with this command id again, under a new command id. Errc::not_found: there is none.
  /// Errc::outbox_full: there is no memory for it now.
  boost::asio::awaitable<Result<void>> retry_dead_letter(CommandId command_id);
  /// Drops it for good.
  boost::asio::awaitable<Result<void>> drop_dead_letter(CommandId command_id);

 private:
  CartHome& home_of(const CartId& id) const { return *homes_[reactors_.home(id.str())]; }
  template <class Work>
  auto at_checkouts(std::string_view name, Work work);
  boost::asio::awaitable<Result<ChangeResult>> change(CartId id, Change change, Detail detail);
  boost::asio::awaitable<Result<ChangeResult>> change_when(CartId id, Change change, CartCondition condition,
                                                           Detail detail);

  Reactors& reactors_;
  Journal* const journal_;
  const CartServiceOptions options_;
  CartMetrics metrics_;
  MemoryBudget outbox_memory_;
  std::unique_ptr<OutboxMetrics> outbox_metrics_;
  std::vector<std::unique_ptr<CartHome>> homes_;       ///< One a reactor, in their order.
  std::vector<std::unique_ptr<Checkouts>> checkouts_;  ///< Likewise.
  std::unique_ptr<Transfers> transfers_;
};

}  // namespace cartd
