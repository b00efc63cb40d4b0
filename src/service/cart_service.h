// What the API offers on carts, in terms of the port. It hops to the cart's home reactor, judges what can be judged
// without the cart, and counts.
//
// Threads: may be called on any reactor of the process; the answer comes on the caller's.
#pragma once

#include "domain/command.h"
#include "domain/limits.h"
#include "journal/journal.h"
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
  Millis store_deadline{200};          ///< How long one request may wait for the store.
  std::size_t max_retained = 400'000;  ///< As in OutboxOptions, for the whole process.
  std::size_t max_seen = 1'000'000;    ///< As in OutboxOptions, for the whole process.
  Millis retention{10'000};            ///< As in OutboxOptions.
};

/// How far the store is behind what was accepted.
struct OutboxStatus {
  std::int64_t pending;    ///< Changes taken on that the store may not have.
  std::int64_t unsettled;  ///< Changes that the store has and a single fault may still undo.
  Millis oldest_pending;   ///< Age of the oldest change pending; 0: none is.
  std::optional<JournalFigures> journal{};
};

class CartService {
 public:
  /// One shard a reactor, in the reactors' order. All arguments outlive the service; `journal` may be null.
  CartService(Reactors& reactors, std::vector<Shard>& shards, const Clock& clock, Metrics& metrics, Journal* journal,
              CartServiceOptions options);
  ~CartService();

  /// Begins to look after what is not settled. With a journal, what an earlier process left in it goes to the store now.
  void start();
  /// Ends that. What is not settled stays in the journal.
  void stop();

  /// The cart; empty with version 0 when nobody wrote to it.
  boost::asio::awaitable<Result<Found>> find(CartId id);

  /// Applies the command once. Errors: invalid, limit_exceeded, version_mismatch, idempotency_mismatch, in_flight,
  /// unavailable, degraded, outcome_unknown, store_full, journal_full, journal_failed, corrupt.
  boost::asio::awaitable<Result<Acknowledged>> change(CartId id, Command command, Conditions conditions, Answer answer);

  /// Asks the store whether it can serve now.
  boost::asio::awaitable<StoreState> check();

  /// How the outboxes of all reactors stand. Figures only: cheap enough for a probe.
  OutboxStatus outbox() const;

  /// Changes that were acknowledged and could not be replayed, by lane and seq.
  std::vector<DeadLetter> dead_letters() const;

  /// Sends the dead letter with this stamp again, under a new stamp. Errc::not_found: there is none.
  boost::asio::awaitable<Result<void>> retry_dead_letter(Stamp stamp);
  /// Drops it for good.
  boost::asio::awaitable<Result<void>> drop_dead_letter(Stamp stamp);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cartd
