// Drives the outbox's core (outbox/core/outbox_core.h) with a real store, a real journal and the machine's clocks: it
// carries out what the core wants done and decides nothing.
//
// Threads: an outbox belongs to one reactor and serves the carts whose home that is. It is destroyed when its reactor
// has run for the last time.
#pragma once

#include "domain/limits.h"
#include "journal/journal.h"
#include "outbox/core/outbox_core.h"
#include "outbox/outbox_metrics.h"
#include "runtime/clock.h"
#include "runtime/completion.h"
#include "runtime/log.h"
#include "runtime/memory_budget.h"
#include "store/cart_store.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <deque>
#include <optional>
#include <variant>
#include <vector>

namespace cartd {

class Outbox {
 public:
  /// All outlive the outbox; `journal` may be null. `memory` is for the outboxes of all loops: while it is full no
  /// changes are taken.
  Outbox(boost::asio::any_io_executor executor, CartStore& store, Producer producer, const Policy& policy,
         const Clock& clock, Journal* journal, MemoryBudget& memory, OutboxMetrics& metrics,
         const OutboxOptions& options);
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// Takes over what an earlier process left in the journal, of the carts whose home this is. Before start().
  void recover(std::vector<JournalRecord> records);

  /// Begins to resend and to release what is not durable, until stop(). From any thread.
  void start();
  void stop();

  /// As OutboxCore::submit(). Errc::outbox_full: there is no memory for it; nothing was done.
  boost::asio::awaitable<Result<Acknowledged>> submit(CartId id, Change change, Answer answer, Deadline deadline);

  /// As OutboxCore::find().
  boost::asio::awaitable<Result<Found>> find(CartId id, Deadline deadline);

  /// As OutboxCore::retry(), or Errc::outbox_full.
  boost::asio::awaitable<Result<void>> retry(DeadLetter letter);

 private:
  /// A request that is under way.
  struct Slot {
    std::variant<std::monostate, Result<Acknowledged>, Result<Found>, Result<void>> result{};
    Completion<> waiter{};
    bool is_complete() const { return result.index() != 0; }
  };
  /// A coroutine's work: its request, and the groups of its cart until that is complete.
  struct Own {
    RequestId request;
    const CartId& cart;
  };

  /// Why no change is taken now, for lack of memory alone; it is counted …
  std::optional<Error> memory_refusal();
  /// … and for the journal's reasons as well.
  std::optional<Error> refusal();
  Instant now() const { return {Deadline::clock::now(), clock_.now()}; }
  RequestId open();
  template <class T>
  T close(RequestId request);
  boost::asio::awaitable<void> wait(RequestId request);
  template <class T>
  void complete(RequestId request, T result);

  std::optional<outbox::Action> perform(const Own* own = nullptr);
  template <class T, class Begin>
  boost::asio::awaitable<T> work(CartId cart, Begin begin);
  void begin_work(CartId cart, outbox::Action question);
  void in_background(const char* name, boost::asio::awaitable<void> task);

  void begin(outbox::Append action);
  void begin(outbox::Accept action);
  void begin(outbox::Release action);
  void begin(outbox::ReleaseNow action);
  void begin(outbox::KeepDeadLetter action);
  void begin(outbox::Revive action);
  void begin(outbox::CompleteChange action) { complete(action.request, std::move(action.result)); }
  void begin(outbox::CompleteRead action) { complete(action.request, std::move(action.result)); }
  void begin(outbox::CompleteRetry action) { complete(action.request, std::move(action.result)); }

  void drop_dead_producers(Instant at);
  void set_timer();
  void on_timer();
  void publish_changes();
  void publish_state();

  const boost::asio::any_io_executor executor_;
  CartStore& store_;
  const Clock& clock_;
  Journal* const journal_;
  MemoryBudget& memory_;
  OutboxMetrics& metrics_;
  const OutboxOptions options_;

  OutboxCore core_;
  std::vector<outbox::Action> batch_{};
  bool is_performing_ = false;
  boost::asio::steady_timer timer_;
  std::optional<SteadyTime> timer_at_{};
  OutboxFigures published_{};
  std::optional<SteadyTime> state_published_{};
  std::optional<SteadyTime> producers_asked_{};
  LogThrottle dead_letter_lines_{};
  std::deque<Slot> slots_{};
  std::vector<RequestId> free_slots_{};
};

}  // namespace cartd
