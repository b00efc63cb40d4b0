#include "outbox/outbox.h"

#include "domain/apply.h"
#include "outbox/cart_queue.h"
#include "outbox/delta.h"
#include "outbox/retry.h"
#include "outbox/seen_carts.h"
#include "runtime/log.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace cartd {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using SteadyClock = Deadline::clock;
using Ending = CartQueue::Ending;
using Timer = asio::steady_timer;

// Between two attempts at a store that just failed, and between two looks at a cart that is being brought up to date: long
// enough not to spin, short beside any deadline.
constexpr auto short_pause = 5ms;

// Carts that are brought up to date at the same time: enough to fill the link, few beside the requests of the day.
constexpr std::size_t most_replays = 64;

// Carts looked at in a row whose server is still away.
constexpr std::size_t most_looks = 100;

// Before a stamp's mark may have been forgotten.
constexpr auto horizon_margin = 10min;

asio::awaitable<void> wait_for(Timer& timer) {
  boost::system::error_code cancelled;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

asio::awaitable<void> pause(const asio::any_io_executor& executor, Deadline limit) {
  Timer timer(executor, std::min(limit, SteadyClock::now() + short_pause));
  co_await wait_for(timer);
}

/// One request that waits for the store's word on its change, or for the news that the store is away.
struct Waiter {
  Waiter(const asio::any_io_executor& executor, Stamp its_stamp, Answer its_answer, Deadline its_deadline)
      : stamp(its_stamp), answer(its_answer), deadline(its_deadline), timer(executor, its_deadline) {}

  bool over() const { return result || store_is_away; }
  void wake() { timer.expires_at(Timer::time_point::min()); }

  const Stamp stamp;
  const Answer answer;
  const Deadline deadline;
  Timer timer;
  std::optional<Result<Applied>> result{};
  bool store_is_away = false;
};

/// A record on its way to the disk.
struct Writing {
  explicit Writing(const asio::any_io_executor& executor) : done(executor, Timer::time_point::max()) {}

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

  Waiter* waiter(Stamp stamp) const {
    const auto found = std::find_if(waiters.begin(), waiters.end(), [&](const Waiter* waiter) { return waiter->stamp == stamp; });
    return found == waiters.end() ? nullptr : *found;
  }
};

/// A change that the store has and may lose.
struct Kept {
  CartId cart;
  std::uint64_t round;
};

}  // namespace

class Outbox::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::any_io_executor executor, CartStore& store, Stamper stamper, const Policy& policy, const Clock& clock, Journal* journal,
       OutboxMetrics& metrics, OutboxOptions options)
      : executor_(std::move(executor)),
        store_(store),
        stamper_(stamper),
        policy_(policy),
        clock_(clock),
        journal_(journal),
        metrics_(metrics),
        options_(options),
        seen_(options.max_seen),
        tick_(executor_) {}

  void recover(std::vector<JournalRecord> records);
  void start() { asio::co_spawn(executor_, look_after(shared_from_this()), asio::detached); }
  void stop();
  asio::awaitable<Result<Acknowledged>> submit(CartId id, Change change, Answer answer, Deadline deadline);
  asio::awaitable<Result<Found>> find(CartId id, Deadline deadline);
  asio::awaitable<Result<void>> retry(DeadLetter letter);

 private:
  /// Keeps a cart's entry while a coroutine uses it, and drops it when nothing is left of it.
  class Use {
   public:
    Use(Impl& outbox, const CartId& id) : outbox_(outbox), id_(id), busy_(outbox.busy_[id]) { ++busy_.users; }
    ~Use() {
      --busy_.users;
      outbox_.forget_if_done(id_);
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    Busy* operator->() const { return &busy_; }
    Busy& operator*() const { return busy_; }

   private:
    Impl& outbox_;
    CartId id_;
    Busy& busy_;
  };

  /// Makes a request known to whoever sends its change.
  class Waiting {
   public:
    Waiting(Busy& busy, Waiter& waiter) : busy_(busy), waiter_(&waiter) { busy_.waiters.push_back(waiter_); }
    ~Waiting() { std::erase(busy_.waiters, waiter_); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    Busy& busy_;
    Waiter* waiter_;
  };

  asio::awaitable<Result<Acknowledged>> submit_to_store(CartId id, Change change, Answer answer, Deadline deadline);
  asio::awaitable<Result<Acknowledged>> submit_to_journal(CartId id, Change change);
  asio::awaitable<Result<Acknowledged>> answered(Stamp stamp, Result<Applied> result, WritingPtr writing);
  asio::awaitable<Result<Acknowledged>> promise(CartId id, Busy& busy, Change change, Waiter& waiter);
  Error give_up(Busy& busy, const Waiter& waiter, const WritingPtr& writing);

  asio::awaitable<void> drive(CartId id, Busy& busy, Waiter* own);
  Verdict take_in(const CartId& id, Busy& busy, const ApplyRequest& request, Result<Applied> result);
  Ending take_in(const CartId& id, Busy& busy, const ApplyRequest& request, const Applied& applied, Ending ending);
  void hand_over(const CartId& id, Busy& busy);

  static asio::awaitable<void> replay(std::shared_ptr<Impl> self, CartId id);
  static asio::awaitable<void> replay_listed(std::shared_ptr<Impl> self);
  static asio::awaitable<void> look_after(std::shared_ptr<Impl> self);
  void list(const CartId& id, Busy& busy);
  void settle(std::uint64_t history, std::deque<Kept>& kept);
  void forget_beyond_bound();
  void start_replays();
  std::chrono::milliseconds oldest_pending() const;
  bool is_too_old(Stamp stamp) const;
  void bury(JournalRecord record, const std::string& reason);

  WritingPtr write(JournalRecord record);
  static asio::awaitable<void> write_record(std::shared_ptr<Impl> self, JournalRecord record, WritingPtr writing);
  static asio::awaitable<Result<void>> written(WritingPtr writing);

  CartRecord& view(const CartId& id, Busy& busy);
  ApplyContext view_context(const CartId& id, Stamp stamp, bool judged) const;
  Knowledge without_store(const CartId& id) const;
  bool behind(const CartId& id);
  void forget_if_done(const CartId& id);

  /// Does `what` to the queue of a cart, and counts what it holds afterwards.
  template <class What>
  auto changing(Busy& busy, What what) {
    struct Count {
      ~Count() {
        metrics.pending += static_cast<std::int64_t>(queue.waiting()) - waiting;
        metrics.unsettled += static_cast<std::int64_t>(queue.retained()) - retained;
      }
      OutboxMetrics& metrics;
      CartQueue& queue;
      const std::int64_t waiting = static_cast<std::int64_t>(queue.waiting());
      const std::int64_t retained = static_cast<std::int64_t>(queue.retained());
    };
    const Count count{metrics_, busy.queue};
    return what(busy.queue);
  }

  const asio::any_io_executor executor_;
  CartStore& store_;
  Stamper stamper_;
  const Policy& policy_;
  const Clock& clock_;
  Journal* const journal_;
  OutboxMetrics& metrics_;
  const OutboxOptions options_;

  std::unordered_map<CartId, Busy> busy_;
  SeenCarts seen_;
  std::map<std::uint64_t, std::deque<Kept>> kept_;  ///< By history, in the order of their rounds.
  std::size_t kept_count_ = 0;
  std::deque<CartId> to_replay_;
  std::size_t replays_ = 0;
  Timer tick_;
  bool stopped_ = false;
};

// --- One request's change ----------------------------------------------------------------------------------------------

asio::awaitable<Result<Acknowledged>> Outbox::Impl::submit(CartId id, Change change, Answer answer, Deadline deadline) {
  if (journal_ && !store_.serves(id)) co_return co_await submit_to_journal(std::move(id), std::move(change));
  co_return co_await submit_to_store(std::move(id), std::move(change), answer, deadline);
}

asio::awaitable<Result<Acknowledged>> Outbox::Impl::submit_to_store(CartId id, Change change, Answer answer, Deadline deadline) {
  Use busy(*this, id);
  Waiter waiter(executor_, stamper_.next(), answer, deadline);
  const Waiting waiting(*busy, waiter);
  WritingPtr writing;
  if (journal_) {
    JournalRecord record{waiter.stamp, id, change, false};
    writing = write(std::move(record));
  }
  changing(*busy, [&](CartQueue& queue) { queue.accept(waiter.stamp, change, false); });
  if (busy->driven) {
    co_await wait_for(waiter.timer);
  } else {
    co_await drive(id, *busy, &waiter);
  }
  // While the disk is waited for, the store's word may still come.
  const bool on_disk = !waiter.result && writing && !change.expected_version && (co_await written(writing)).has_value();
  if (waiter.result) {
    hand_over(id, *busy);
    co_return co_await answered(waiter.stamp, std::move(*waiter.result), writing);
  }
  if (on_disk) co_return co_await promise(id, *busy, std::move(change), waiter);
  Error error = give_up(*busy, waiter, writing);
  hand_over(id, *busy);
  co_return error;
}

// The store has spoken. With a journal the disk has to have it too.
asio::awaitable<Result<Acknowledged>> Outbox::Impl::answered(Stamp stamp, Result<Applied> result, WritingPtr writing) {
  if (writing) {
    const Result<void> durable = co_await written(writing);
    if (result && !durable) co_return Error{Errc::outcome_unknown, "the journal failed; the change may have been made"};
    // What was refused must not come back from the disk after a crash.
    if (!result && durable) co_await journal_->forget_now(stamp);
  }
  if (!result) co_return result.error();
  const Knowledge knowledge{store_.durability()};
  co_return Acknowledged{std::move(result->cart), result->outcome, knowledge};
}

// The disk has the change and the store has not answered: it is acknowledged from the disk.
asio::awaitable<Result<Acknowledged>> Outbox::Impl::promise(CartId id, Busy& busy, Change change, Waiter& waiter) {
  const Stamp stamp = waiter.stamp;
  if (busy.queue.standing(stamp) == CartQueue::Standing::surely_not_done) {
    // It can still become what is promised while the store is away: a difference to the cart as it was last seen.
    changing(busy, [&](CartQueue& queue) { return queue.withdraw(stamp); });
    journal_->forget({stamp});
    hand_over(id, busy);
    co_return co_await submit_to_journal(std::move(id), std::move(change));
  }
  busy.queue.promise(stamp);
  busy.view.reset();
  list(id, busy);
  const Result<void> durable = co_await journal_->accept(stamp);
  if (waiter.result && *waiter.result) {
    const Knowledge knowledge{store_.durability()};
    co_return Acknowledged{std::move((*waiter.result)->cart), (*waiter.result)->outcome, knowledge};
  }
  if (!durable) co_return Error{Errc::outcome_unknown, "the journal failed; the change may have been made"};
  metrics_.acknowledged_from_journal.add();
  const Cart cart = visible(view(id, busy), now_ms(clock_));
  const Knowledge knowledge = without_store(id);
  co_return Acknowledged{cart, Outcome{Effect::changed}, knowledge};
}

// Nothing could be promised.
Error Outbox::Impl::give_up(Busy& busy, const Waiter& waiter, const WritingPtr& writing) {
  const bool perhaps_done = changing(busy, [&](CartQueue& queue) { return queue.withdraw(waiter.stamp); });
  if (writing) journal_->forget({waiter.stamp});
  if (perhaps_done) return {Errc::outcome_unknown, "the store did not answer in time; the change may have been made"};
  if (writing && writing->result && !*writing->result) return writing->result->error();
  if (journal_) return {Errc::degraded, "the store is away, and expected_version needs its word"};
  if (waiter.store_is_away) return {Errc::unavailable, "the store cannot be reached; nothing was done"};
  return {Errc::unavailable, "the store is too slow to take this change in time"};
}

// The store is away. The change is judged by the cart as it was last seen, and goes to the store later.
asio::awaitable<Result<Acknowledged>> Outbox::Impl::submit_to_journal(CartId id, Change change) {
  if (change.expected_version) co_return Error{Errc::degraded, "the store is away, and expected_version needs its word"};
  Use busy(*this, id);
  const Stamp stamp = stamper_.next();
  const Knowledge knowledge = without_store(id);
  CartRecord after = view(id, *busy);
  const Result<Outcome> outcome = apply(after, change, view_context(id, stamp, true));
  if (!outcome) co_return outcome.error();

  // Of a cart that was never seen nobody knows what a difference would be: then the command stands as it is.
  std::optional<Command> command = knowledge.partial ? std::optional(change.command) : delta(change.command, busy->view->cart);
  const bool something_to_do =
      command && outcome->effect != Effect::replayed && (outcome->effect == Effect::changed || knowledge.partial || change.idempotency);
  Acknowledged acknowledged{visible(after, now_ms(clock_)), *outcome, knowledge};
  if (!something_to_do) co_return acknowledged;

  JournalRecord record{stamp, id, Change{std::move(*command), std::nullopt, change.idempotency}, true};
  changing(*busy, [&](CartQueue& queue) { queue.accept(stamp, record.change, true); });
  busy->view = std::move(after);
  list(id, *busy);
  const Result<void> durable = co_await journal_->append(std::move(record));
  if (!durable) {
    const bool sent = busy->queue.standing(stamp) != CartQueue::Standing::surely_not_done;
    if (!sent) changing(*busy, [&](CartQueue& queue) { return queue.take(stamp); });
    busy->view.reset();
    if (sent) co_return Error{Errc::outcome_unknown, "the journal failed; the change may have been made"};
    co_return durable.error();
  }
  metrics_.acknowledged_from_journal.add();
  co_return acknowledged;
}

// --- Sending -----------------------------------------------------------------------------------------------------------

// Sends the cart's changes in order: until `own` is answered, or, without one, as long as the store takes them.
asio::awaitable<void> Outbox::Impl::drive(CartId id, Busy& busy, Waiter* own) {
  busy.driven = true;
  while (const auto next = busy.queue.next()) {
    if (!next->judged && is_too_old(next->stamp)) {
      JournalRecord record{next->stamp, id, *next->change, true};
      busy.queue.report(Ending::not_sent, {});
      changing(busy, [&](CartQueue& queue) { return queue.take(record.stamp); });
      bury(std::move(record), "older than the replay horizon");
      continue;
    }
    const Waiter* const waiter = busy.waiter(next->stamp);
    const bool whole_cart = journal_ || (waiter && waiter->answer == Answer::full);
    const Deadline deadline = waiter ? waiter->deadline : SteadyClock::now() + options_.attempt;
    const ApplyRequest request{id,       *next->change, next->stamp, whole_cart ? Answer::full : Answer::version,
                               deadline, next->reached, next->judged};
    Result<Applied> result = co_await store_.apply(request);
    const Verdict verdict = take_in(id, busy, request, std::move(result));
    if ((own && own->over()) || verdict == Verdict::give_up) break;
    if (verdict == Verdict::next) continue;
    // What nobody waits for is tried again when the store is known to be back.
    if (!busy.waiter(request.stamp)) break;
    co_await pause(executor_, deadline);
  }
  busy.driven = false;
}

// What an answer means for the cart's queue and for those who wait.
Verdict Outbox::Impl::take_in(const CartId& id, Busy& busy, const ApplyRequest& request, Result<Applied> result) {
  const bool promised = busy.queue.is_promised(request.stamp);
  Ending ending = ending_of(result, request.change.idempotency.has_value(), promised);
  if (!result && promised && ending == Ending::refused) {
    if (result.error().code == Errc::idempotency_mismatch) {
      // The key was free when this was accepted; what it was taken for meanwhile does not undo that.
      busy.queue.forget_key(request.stamp);
      ending = Ending::rolled_back;
    } else if (!request.judged) {
      bury(JournalRecord{request.stamp, id, request.change, true}, result.error().detail);
    }
  }
  if (result) ending = take_in(id, busy, request, *result, ending);
  if (ending == Ending::rolled_back) log(LogLevel::warn, "the store has lost changes of a cart; they are sent again", {{"cart", id.str()}});

  const std::size_t waiting = busy.queue.waiting();
  changing(busy, [&](CartQueue& queue) { queue.report(ending, result ? result->place : Place{}); });
  if (busy.queue.waiting() > waiting) metrics_.rolled_back.add(static_cast<double>(busy.queue.waiting() - waiting));

  Waiter* const waiter = busy.waiter(request.stamp);
  const bool over = busy.queue.standing(request.stamp) == CartQueue::Standing::gone;
  if (over && waiter) {
    waiter->result = std::move(result);
    waiter->wake();
  }
  if (ending == Ending::refused && over && !waiter && journal_) journal_->forget({request.stamp});

  const bool perhaps_done = busy.queue.standing(request.stamp) == CartQueue::Standing::perhaps_done;
  const Verdict verdict = after(ending, perhaps_done, SteadyClock::now(), request.deadline);
  if (verdict == Verdict::give_up && !perhaps_done) {
    for (Waiter* away : busy.waiters) {
      away->store_is_away = true;
      away->wake();
    }
  }
  return verdict;
}

// The store has it: what follows for the journal, for what was seen, and for how long it is kept.
Ending Outbox::Impl::take_in(const CartId& id, Busy& busy, const ApplyRequest& request, const Applied& applied, Ending ending) {
  const Effect effect = applied.outcome.effect;
  if (effect == Effect::duplicate) metrics_.deduplicated.add();
  if (effect == Effect::changed && !request.judged) metrics_.replayed.add();
  if (journal_) {
    if (request.answer == Answer::full) seen_.put(applied.cart);
    busy.view.reset();
  }
  const Place place = applied.place;
  const bool safe = place.history == 0 || place.round <= store_.safe_round(place.history);
  if (ending == Ending::applied && safe) ending = Ending::nothing_to_keep;
  if (ending == Ending::applied) {
    kept_[place.history].push_back({id, place.round});
    ++kept_count_;
    if (journal_ && request.judged) journal_->accept_soon(request.stamp);
  } else if (journal_) {
    journal_->forget({request.stamp});
  }
  return ending;
}

// Whoever sent the cart's changes is done with its own. Others may wait.
void Outbox::Impl::hand_over(const CartId& id, Busy& busy) {
  if (busy.driven || busy.queue.waiting() == 0 || stopped_) return;
  if (store_.serves(id)) {
    asio::co_spawn(executor_, replay(shared_from_this(), id), asio::detached);
  } else {
    list(id, busy);
  }
}

asio::awaitable<void> Outbox::Impl::replay(std::shared_ptr<Impl> self, CartId id) {
  Use busy(*self, id);
  if (busy->driven) co_return;
  co_await self->drive(id, *busy, nullptr);
  if (busy->queue.waiting() > 0) self->list(id, *busy);
}

// --- What nobody waits for ---------------------------------------------------------------------------------------------

void Outbox::Impl::list(const CartId& id, Busy& busy) {
  if (busy.listed) return;
  busy.listed = true;
  to_replay_.push_back(id);
}

asio::awaitable<void> Outbox::Impl::replay_listed(std::shared_ptr<Impl> self) {
  ++self->replays_;
  for (std::size_t looks = 0; looks < most_looks && !self->to_replay_.empty() && !self->stopped_;) {
    const CartId id = std::move(self->to_replay_.front());
    self->to_replay_.pop_front();
    const auto found = self->busy_.find(id);
    if (found == self->busy_.end()) continue;
    Busy& busy = found->second;
    busy.listed = false;
    if (busy.queue.waiting() == 0 || busy.driven) {
      self->forget_if_done(id);
    } else if (self->store_.serves(id)) {
      co_await replay(self, id);
    } else {
      self->list(id, busy);
      ++looks;
    }
  }
  --self->replays_;
}

void Outbox::Impl::start_replays() {
  const std::size_t wanted = std::min(most_replays, to_replay_.size());
  const std::size_t looks = std::min(most_looks, to_replay_.size());
  const auto end = to_replay_.begin() + static_cast<std::ptrdiff_t>(looks);
  if (std::none_of(to_replay_.begin(), end, [&](const CartId& id) { return store_.serves(id); })) {
    // All of these are still away; the next tick looks at others.
    std::rotate(to_replay_.begin(), end, to_replay_.end());
    return;
  }
  for (std::size_t i = replays_; i < wanted; ++i) asio::co_spawn(executor_, replay_listed(shared_from_this()), asio::detached);
}

asio::awaitable<void> Outbox::Impl::look_after(std::shared_ptr<Impl> self) {
  while (!self->stopped_) {
    for (auto& [history, kept] : self->kept_) self->settle(history, kept);
    std::erase_if(self->kept_, [](const auto& entry) { return entry.second.empty(); });
    if (!self->journal_) self->forget_beyond_bound();
    if (!self->to_replay_.empty()) self->start_replays();
    self->metrics_.publish(self.get(), self->oldest_pending());
    if (self->journal_) self->metrics_.publish(self->journal_->figures());
    self->tick_.expires_after(self->options_.tick);
    co_await wait_for(self->tick_);
  }
}

// Lets go of what is safe; what was applied in a history that has ended is sent again.
void Outbox::Impl::settle(std::uint64_t history, std::deque<Kept>& kept) {
  const std::uint64_t safe = store_.safe_round(history);
  const auto ended = [&](const Kept& one) {
    const std::uint64_t now = store_.history_of(one.cart);
    return now != 0 && now != history;
  };
  // The oldest speaks for all: what a failover takes over, it takes over together. Where single slots move, each is asked
  // when its turn comes.
  const bool all = !kept.empty() && ended(kept.front());
  std::deque<Kept> stay;
  while (!kept.empty() && (all || kept.front().round <= safe)) {
    Kept one = std::move(kept.front());
    kept.pop_front();
    const auto found = busy_.find(one.cart);
    if (found == busy_.end()) {
      --kept_count_;
      continue;
    }
    Busy& busy = found->second;
    if (ended(one)) {
      --kept_count_;
      const std::size_t again = changing(busy, [&](CartQueue& queue) { return queue.moved_to(store_.history_of(one.cart)); });
      metrics_.rolled_back.add(static_cast<double>(again));
      if (busy.queue.waiting() > 0) list(one.cart, busy);
    } else if (one.round <= safe && store_.history_of(one.cart) == history) {
      --kept_count_;
      const std::vector<Stamp> settled = changing(busy, [&](CartQueue& queue) { return queue.settle(history, safe); });
      if (journal_ && !settled.empty()) journal_->forget(settled);
      forget_if_done(one.cart);
    } else {
      stay.push_back(std::move(one));
    }
  }
  kept.insert(kept.begin(), std::make_move_iterator(stay.begin()), std::make_move_iterator(stay.end()));
}

void Outbox::Impl::forget_beyond_bound() {
  for (auto& [history, kept] : kept_) {
    while (kept_count_ > options_.max_retained && !kept.empty()) {
      const CartId id = std::move(kept.front().cart);
      kept.pop_front();
      --kept_count_;
      const auto found = busy_.find(id);
      if (found == busy_.end()) continue;
      if (changing(found->second, [](CartQueue& queue) { return queue.drop_oldest_retained(); })) metrics_.forgotten.add();
      forget_if_done(id);
    }
  }
}

std::chrono::milliseconds Outbox::Impl::oldest_pending() const {
  std::optional<std::uint64_t> oldest;
  for (std::size_t i = 0; i < std::min(most_looks, to_replay_.size()); ++i) {
    const auto found = busy_.find(to_replay_[i]);
    const auto stamp = found == busy_.end() ? std::nullopt : found->second.queue.oldest_waiting();
    if (stamp) oldest = std::min(oldest.value_or(stamp->seq), stamp->seq);
  }
  if (!oldest) return 0ms;
  const auto age = clock_.now().time_since_epoch() - std::chrono::microseconds(*oldest);
  return std::max(0ms, std::chrono::duration_cast<std::chrono::milliseconds>(age));
}

bool Outbox::Impl::is_too_old(Stamp stamp) const {
  const auto accepted = std::chrono::microseconds(stamp.seq);
  return clock_.now().time_since_epoch() - accepted > policy_.limits.replay_horizon - horizon_margin;
}

void Outbox::Impl::bury(JournalRecord record, const std::string& reason) {
  log(LogLevel::error, "a change that was acknowledged cannot be replayed: see cartctl outbox",
      {{"cart", record.cart.str()}, {"why", reason}});
  metrics_.buried.add();
  if (journal_) journal_->bury(std::move(record), reason, now_ms(clock_));
}

void Outbox::Impl::recover(std::vector<JournalRecord> records) {
  std::sort(records.begin(), records.end(), [](const JournalRecord& a, const JournalRecord& b) {
    return std::tie(a.stamp.seq, a.stamp.lane) < std::tie(b.stamp.seq, b.stamp.lane);
  });
  for (JournalRecord& record : records) {
    Busy& busy = busy_[record.cart];
    changing(busy, [&](CartQueue& queue) { queue.accept(record.stamp, std::move(record.change), record.accepted); });
    list(record.cart, busy);
  }
}

void Outbox::Impl::stop() {
  stopped_ = true;
  tick_.cancel();
}

asio::awaitable<Result<void>> Outbox::Impl::retry(DeadLetter letter) {
  const CartId id = letter.record.cart;
  Use busy(*this, id);
  JournalRecord renewed{stamper_.next(), id, std::move(letter.record.change), true};
  renewed.change.expected_version.reset();
  const Stamp stamp = renewed.stamp;
  Change change = renewed.change;
  const Result<void> revived = co_await journal_->revive(letter.record.stamp, std::move(renewed));
  if (!revived) co_return revived.error();
  changing(*busy, [&](CartQueue& queue) { queue.accept(stamp, std::move(change), true); });
  list(id, *busy);
  co_return Result<void>();
}

// --- The journal -------------------------------------------------------------------------------------------------------

WritingPtr Outbox::Impl::write(JournalRecord record) {
  auto writing = std::make_shared<Writing>(executor_);
  asio::co_spawn(executor_, write_record(shared_from_this(), std::move(record), writing), asio::detached);
  return writing;
}

asio::awaitable<void> Outbox::Impl::write_record(std::shared_ptr<Impl> self, JournalRecord record, WritingPtr writing) {
  writing->result = co_await self->journal_->append(std::move(record));
  writing->done.expires_at(Timer::time_point::min());
}

asio::awaitable<Result<void>> Outbox::Impl::written(WritingPtr writing) {
  if (!writing->result) co_await wait_for(writing->done);
  co_return *writing->result;
}

// --- The cart without the store ----------------------------------------------------------------------------------------

ApplyContext Outbox::Impl::view_context(const CartId& id, Stamp stamp, bool judged) const {
  return {stamp, now_ms(clock_), policy_.ttl.ttl_of(id), policy_.limits, 0, judged};
}

/// The cart as it was last seen, with what is promised on top.
CartRecord& Outbox::Impl::view(const CartId& id, Busy& busy) {
  if (!busy.view) {
    const Cart* seen = seen_.find(id);
    CartRecord& record = busy.view.emplace(CartRecord{seen ? *seen : Cart{id}});
    Stamp stamp{0, 0};
    busy.queue.for_each_promised([&](const Change& change) {
      ++stamp.seq;
      (void)apply(record, change, view_context(id, stamp, false));
    });
  }
  return *busy.view;
}

Knowledge Outbox::Impl::without_store(const CartId& id) const { return {Durability::journal, true, seen_.find(id) == nullptr}; }

/// The store may not have what this process has acknowledged.
bool Outbox::Impl::behind(const CartId& id) {
  const auto found = busy_.find(id);
  if (found == busy_.end()) return false;
  Busy& busy = found->second;
  const std::uint64_t now = store_.history_of(id);
  const auto history = busy.queue.history();
  if (history && now != 0 && *history != now) {
    const std::size_t again = changing(busy, [&](CartQueue& queue) { return queue.moved_to(now); });
    metrics_.rolled_back.add(static_cast<double>(again));
  }
  if (!busy.queue.owes()) return false;
  hand_over(id, busy);
  return true;
}

asio::awaitable<Result<Found>> Outbox::Impl::find(CartId id, Deadline deadline) {
  for (;;) {
    const bool away = journal_ && !store_.serves(id);
    const bool is_behind = behind(id);
    const bool late = SteadyClock::now() >= deadline;
    if (journal_ && (away || (is_behind && late))) break;
    if (is_behind && late) co_return Error{Errc::unavailable, "the store is being brought up to date"};
    if (is_behind) {
      co_await pause(executor_, deadline);
      continue;
    }
    Result<Cart> cart = co_await store_.find(id, deadline);
    if (!cart && journal_ && cart.error().code == Errc::unavailable) break;
    if (!cart) co_return cart.error();
    // A failover between the question and the answer.
    if (behind(id)) continue;
    if (journal_) seen_.put(*cart);
    const Knowledge knowledge{store_.durability()};
    co_return Found{std::move(*cart), knowledge};
  }
  Use busy(*this, id);
  const Knowledge knowledge = without_store(id);
  co_return Found{visible(view(id, *busy), now_ms(clock_)), knowledge};
}

void Outbox::Impl::forget_if_done(const CartId& id) {
  const auto found = busy_.find(id);
  if (found == busy_.end()) return;
  const Busy& busy = found->second;
  if (busy.users == 0 && !busy.listed && busy.queue.empty()) busy_.erase(found);
}

// --- The outbox ---------------------------------------------------------------------------------------------------------

Outbox::Outbox(asio::any_io_executor executor, CartStore& store, Stamper stamper, const Policy& policy, const Clock& clock,
               Journal* journal, OutboxMetrics& metrics, OutboxOptions options)
    : impl_(std::make_shared<Impl>(std::move(executor), store, stamper, policy, clock, journal, metrics, options)) {}

Outbox::~Outbox() = default;

void Outbox::recover(std::vector<JournalRecord> records) { impl_->recover(std::move(records)); }

void Outbox::start() { impl_->start(); }

void Outbox::stop() { impl_->stop(); }

asio::awaitable<Result<Acknowledged>> Outbox::submit(CartId id, Change change, Answer answer, Deadline deadline) {
  const auto impl = impl_;
  co_return co_await impl->submit(std::move(id), std::move(change), answer, deadline);
}

asio::awaitable<Result<Found>> Outbox::find(CartId id, Deadline deadline) {
  const auto impl = impl_;
  co_return co_await impl->find(std::move(id), deadline);
}

asio::awaitable<Result<void>> Outbox::retry(DeadLetter letter) {
  const auto impl = impl_;
  co_return co_await impl->retry(std::move(letter));
}

}  // namespace cartd
