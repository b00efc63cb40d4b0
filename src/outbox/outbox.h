// The one way a change takes to the store, on good days and bad. It is given its id, waits for the changes of its cart
// that came before, is sent, and is sent again with the same command id while its outcome is unknown; and when the
// store has it, it is kept until no single fault can undo it, to be sent again where one did.
//
// With a journal every change is on disk before it is acknowledged, and while the store is away it is acknowledged from
// there. Without one nothing is acknowledged that the store does not have.
//
// Threads: an outbox belongs to one reactor and serves the carts whose home that is. It is destroyed when its reactor
// has run for the last time.
#pragma once

#include "domain/limits.h"
#include "journal/journal.h"
#include "outbox/outbox_metrics.h"
#include "outbox/producer.h"
#include "runtime/clock.h"
#include "store/execute.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace cartd {

/// How much an answer knows.
struct Knowledge {
  Durability durability;  ///< Where the answer's last change is known to be.
  bool degraded = false;  ///< The store was not asked: the cart as it was last seen, with what is pending on top.
  bool partial = false;   ///< Degraded, and the cart was never seen: only what is pending.
};

struct Acknowledged {
  Cart cart;  ///< As it is after the command.
  Outcome outcome;
  Knowledge knowledge;
};

struct Found {
  Cart cart;
  Knowledge knowledge;
};

struct OutboxOptions {
  std::size_t max_retained =
      200'000;  ///< Changes kept against a failover; beyond, the oldest is forgotten (without a journal).
  std::chrono::milliseconds attempt{200};       ///< How long an attempt of a change may take that nobody waits for.
  std::chrono::milliseconds retention{10'000};  ///< How long a change is kept whose epoch the store does not tell.
  std::chrono::milliseconds tick{50};           ///< How often it looks for what can be settled or sent again.
};

class Outbox {
 public:
  /// All outlive the outbox; `journal` may be null.
  Outbox(boost::asio::any_io_executor executor, CartStore& store, Producer producer, const Policy& policy,
         const Clock& clock, Journal* journal, OutboxMetrics& metrics, OutboxOptions options);
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// Takes over what an earlier process left in the journal, of the carts whose home this is. Before start().
  void recover(std::vector<JournalRecord> records);

  /// Begins to look after what is not settled, until stop().
  void start();
  void stop();

  /// Applies `change`, valid by validate(), in the order of the calls for one cart. Errc::unavailable: it was never
  /// sent. Errc::outcome_unknown: it was sent, and no answer came by the deadline; or it may be in the journal and be
  /// found there by the next process. Errc::degraded: it needs the store, which is away. Errc::journal_full: there is
  /// no room to keep it. Errc::journal_stalled: the disk does not answer. Errc::journal_failed: nothing can be kept any
  /// more. The journal is waited for as long as its own deadline allows, beyond `deadline`.
  boost::asio::awaitable<Result<Acknowledged>> submit(CartId id, Change change, Answer answer, Deadline deadline);

  /// The cart; never behind what this process has acknowledged.
  boost::asio::awaitable<Result<Found>> find(CartId id, Deadline deadline);

  /// Sends a dead letter again, under a new command id. Errc::outcome_unknown: the disk does not answer; when it does,
  /// the letter is taken on, or stays a letter.
  boost::asio::awaitable<Result<void>> retry(DeadLetter letter);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace cartd
