// The inside of the outbox: what the files outbox_*.cpp share. Each of them is one part of its work.
#pragma once

#include "domain/decide.h"
#include "outbox/cart_queue.h"
#include "outbox/outbox.h"
#include "outbox/pending_ages.h"
#include "outbox/retry.h"
#include "runtime/log.h"
#include "runtime/scope_exit.h"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace cartd::outbox {

using SteadyClock = Deadline::clock;
using Ending = CartQueue::Ending;
using Timer = boost::asio::steady_timer;

/// Until the timer's time, or until somebody sets it to Timer::time_point::min().
boost::asio::awaitable<void> wait_for(Timer& timer);

/// Between two attempts at a store that just failed, and between two looks at a cart that is being brought up to date.
/// Not beyond `limit`.
boost::asio::awaitable<void> pause(boost::asio::any_io_executor executor, std::chrono::milliseconds how_long,
                                   Deadline limit);

/// One request that waits for the store's word on its change, or for the news that the store is away.
struct Waiter {
  Waiter(const boost::asio::any_io_executor& executor, CommandId its_command_id, Answer its_answer,
         Deadline its_deadline)
      : command_id(its_command_id), answer(its_answer), deadline(its_deadline), timer(executor, its_deadline) {}

  bool over() const { return result || store_is_away; }
  void wake() { timer.expires_at(Timer::time_point::min()); }

  const CommandId command_id;
  const Answer answer;
  const Deadline deadline;
  Timer timer;
  std::optional<Result<Applied>> result{};
  bool store_is_away = false;
  std::string why_away{};  ///< What the attempt that found it out was answered.
};

/// A record on its way to the disk.
struct Writing {
  explicit Writing(const boost::asio::any_io_executor& executor, Deadline limit = Deadline::max())
      : done(executor, limit) {}

  Timer done;
  std::optional<Result<void>> result{};
};
using WritingPtr = std::shared_ptr<Writing>;

/// A cart with changes that are not settled.
struct Busy {
  CartQueue queue{};
  std::vector<Waiter*> waiters{};
  std::optional<CartRecord> view{};  ///< The cart with what is promised on top; made when it is asked for.
  std::size_t users = 0;             ///< Coroutines that hold on to it.
  bool driven = false;               ///< One of them sends its changes.
  bool listed = false;               ///< It stands in the list of carts to be brought up to date.
  unsigned failures = 0;             ///< Runs through its changes in a row that did not get all of them to the store.
  SteadyClock::time_point rests_until{};  ///< Until then it is not tried again unless a request does.
  HopelessAttempts hopeless{};
  /// When its oldest waiting change was given its id: known from list() on, until none waits.
  std::optional<PendingAges::Second> pending_since{};

  Waiter* waiter(CommandId command_id) const {
    const auto found = std::find_if(waiters.begin(), waiters.end(),
                                    [&](const Waiter* waiter) { return waiter->command_id == command_id; });
    return found == waiters.end() ? nullptr : *found;
  }
};

/// A change that the store has and may lose.
struct Kept {
  CartId cart;
  std::uint64_t checkpoint;
  std::uint64_t owner;
  SteadyClock::time_point since;
};

}  // namespace cartd::outbox

namespace cartd {

class Outbox::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::any_io_executor executor, CartStore& store, Producer producer, const Policy& policy,
       const Clock& clock, Journal* journal, OutboxMetrics& metrics, OutboxOptions options)
      : executor_(std::move(executor)),
        store_(store),
        producer_(producer),
        policy_(policy),
        clock_(clock),
        journal_(journal),
        metrics_(metrics),
        options_(options),
        tick_(executor_) {}

  void recover(std::vector<JournalRecord> records);
  void start();
  void stop();
  boost::asio::awaitable<Result<Acknowledged>> submit(CartId id, Change change, Answer answer, Deadline deadline);
  boost::asio::awaitable<Result<Found>> find(CartId id, Deadline deadline);
  boost::asio::awaitable<Result<void>> retry(DeadLetter letter);

 private:
  /// Keeps a cart's entry while a coroutine uses it, and drops it when nothing is left of it.
  class Use {
   public:
    Use(Impl& owner, const CartId& id) : owner_(owner), id_(id), busy_(owner.busy_[id]) { ++busy_.users; }
    ~Use() {
      --busy_.users;
      owner_.forget_if_done(id_);
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    outbox::Busy* operator->() const { return &busy_; }
    outbox::Busy& operator*() const { return busy_; }

   private:
    Impl& owner_;
    CartId id_;
    outbox::Busy& busy_;
  };

  /// Makes a request known to whoever sends its change.
  class Waiting {
   public:
    Waiting(outbox::Busy& busy, outbox::Waiter& waiter) : busy_(busy), waiter_(&waiter) {
      busy_.waiters.push_back(waiter_);
    }
    ~Waiting() { std::erase(busy_.waiters, waiter_); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    outbox::Busy& busy_;
    outbox::Waiter* waiter_;
  };

  boost::asio::awaitable<Result<Acknowledged>> submit_to_store(CartId id, Change change, Answer answer,
                                                               Deadline deadline);
  boost::asio::awaitable<Result<Acknowledged>> submit_to_journal(CartId id, Change change);
  boost::asio::awaitable<Result<Acknowledged>> answered(CommandId command_id, Result<Applied> result,
                                                        outbox::WritingPtr writing);
  boost::asio::awaitable<Error> refused(CommandId command_id, Error error, outbox::WritingPtr writing);
  boost::asio::awaitable<Result<Acknowledged>> promise(CartId id, outbox::Busy& busy, Change change,
                                                       outbox::Waiter& waiter, outbox::WritingPtr writing);
  Error give_up(outbox::Busy& busy, const outbox::Waiter& waiter, const outbox::WritingPtr& writing);

  boost::asio::awaitable<void> drive(CartId id, outbox::Busy& busy, outbox::Waiter* own);
  Verdict take_in(const CartId& id, outbox::Busy& busy, const ApplyRequest& request, Result<Applied> result);
  outbox::Ending ending_of_promised(const CartId& id, outbox::Busy& busy, const ApplyRequest& request,
                                    const Error& error);
  bool is_due(const CartId& id) const;
  outbox::Ending take_in(const CartId& id, outbox::Busy& busy, const ApplyRequest& request, const Applied& applied,
                         outbox::Ending ending);
  void take_in(const CartId& id, const Shown& shown);
  void hand_over(const CartId& id, outbox::Busy& busy);

  static boost::asio::awaitable<void> replay(std::shared_ptr<Impl> self, CartId id);
  static boost::asio::awaitable<void> replay_listed(std::shared_ptr<Impl> self);
  static boost::asio::awaitable<void> look_after(std::shared_ptr<Impl> self);
  void list(const CartId& id, outbox::Busy& busy);
  void settle(std::uint64_t epoch, std::deque<outbox::Kept>& kept);
  void forget_beyond_bound();
  void start_replays();
  void count_age(outbox::Busy& busy);
  std::chrono::milliseconds oldest_pending() const;
  bool owes() const;
  bool is_too_old(const CartQueue::Attempt& attempt) const;
  void bury(JournalRecord record, const std::string& reason);

  outbox::WritingPtr write(JournalRecord record);
  static boost::asio::awaitable<void> write_record(std::shared_ptr<Impl> self, JournalRecord record,
                                                   outbox::WritingPtr writing);
  static boost::asio::awaitable<Result<void>> written(outbox::WritingPtr writing);
  static boost::asio::awaitable<void> revive(std::shared_ptr<Impl> self, CommandId dead, JournalRecord renewed,
                                             outbox::WritingPtr writing);

  CartRecord& view(const CartId& id, outbox::Busy& busy);
  ApplyContext view_context(const CartId& id, CommandId command_id, bool enforce_preconditions) const;
  Knowledge without_store(const CartId& id) const;
  bool behind(const CartId& id);
  void forget_if_done(const CartId& id);

  /// Does `what` to the queue of a cart, and counts what it holds afterwards.
  template <class What>
  auto changing(outbox::Busy& busy, What what) {
    const ScopeExit age_is_counted([&] {
      if (busy.pending_since) count_age(busy);
    });
    struct Count {
      ~Count() {
        const std::int64_t more_waiting = static_cast<std::int64_t>(queue.waiting()) - waiting;
        const std::int64_t more_retained = static_cast<std::int64_t>(queue.retained()) - retained;
        if (more_waiting != 0) metrics.pending.add(static_cast<double>(more_waiting));
        if (more_retained != 0) metrics.unconfirmed.add(static_cast<double>(more_retained));
      }
      OutboxMetrics& metrics;
      CartQueue& queue;
      const std::int64_t waiting = static_cast<std::int64_t>(queue.waiting());
      const std::int64_t retained = static_cast<std::int64_t>(queue.retained());
    };
    const Count count{metrics_, busy.queue};
    return what(busy.queue);
  }

  const boost::asio::any_io_executor executor_;
  CartStore& store_;
  Producer producer_;
  const Policy& policy_;
  const Clock& clock_;
  Journal* const journal_;
  OutboxMetrics& metrics_;
  const OutboxOptions options_;

  std::unordered_map<CartId, outbox::Busy> busy_;
  std::map<std::uint64_t, std::deque<outbox::Kept>> kept_;  ///< By epoch, in the order of their checkpoints.
  std::size_t kept_count_ = 0;
  std::deque<CartId> to_replay_;
  PendingAges ages_;
  std::size_t replays_ = 0;
  unsigned fruitless_ = 0;  ///< Replays in a row after which as many changes waited as before.
  outbox::SteadyClock::time_point replays_rest_until_{};
  outbox::Timer tick_;
  LogThrottle dead_letter_lines_{};
  bool stopped_ = false;
};

}  // namespace cartd
