// A cart's changes on their way to the store, one at a time, and what its answers mean.
#include "outbox/outbox_impl.h"
#include "runtime/log.h"
#include "runtime/scope_exit.h"
#include "runtime/spawn.h"

#include <utility>

namespace cartd {

namespace asio = boost::asio;
using namespace outbox;

namespace {

// Before a command id's applied sequence may have been forgotten.
constexpr std::chrono::minutes horizon_margin(10);

// Answers in a row, with no request waiting, after which more changes of a cart wait than before: then the cart rests.
constexpr unsigned most_setbacks = 3;

}  // namespace

// Sends the cart's changes in order: until `own` is answered or has no time left, or, without one, as long as the store
// takes them.
asio::awaitable<void> Outbox::Impl::drive(CartId id, Busy& busy, Waiter* own) {
  busy.driven = true;
  const ScopeExit not_driven([&busy] { busy.driven = false; });
  unsigned failures = 0;
  while (const auto next = busy.queue.next()) {
    if (is_too_old(*next) && !busy.waiter(next->command_id)) {
      JournalRecord record{next->command_id, id, *next->change, true};
      busy.queue.report(Ending::not_sent, {});
      changing(busy, [&](CartQueue& queue) { return queue.take(record.command_id); });
      bury(std::move(record), "too old: cartd cannot tell whether the store already has it");
      continue;
    }
    const Waiter* const waiter = busy.waiter(next->command_id);
    const Answer answer = journal_ ? Answer::full : waiter ? waiter->answer : Answer::version;
    const Deadline deadline = waiter ? waiter->deadline : SteadyClock::now() + options_.attempt;
    const ApplyRequest request{id,       *next->change,  next->command_id,           answer,
                               deadline, next->required, next->enforce_preconditions};
    // A store that throws may have made the change; without a report nothing of the cart would be sent any more.
    bool answered = false;
    const ScopeExit reported([&] {
      if (!answered) busy.queue.report(Ending::outcome_unknown, {});
    });
    Result<Applied> result = co_await execute(store_, request, policy_, clock_);
    answered = true;
    const std::size_t before = busy.queue.waiting();
    const Verdict verdict = take_in(id, busy, request, std::move(result));
    if ((own && own->over()) || verdict == Verdict::give_up) break;
    // An answer after which no fewer changes wait, because the store lacks earlier ones, is as good as a failure: a
    // store that never shows them would be asked for ever.
    const bool is_progress = verdict == Verdict::next && busy.queue.waiting() < before;
    failures = is_progress ? 0 : failures + 1;
    if (is_progress) continue;
    // What nobody waits for is tried again when the store is known to be back.
    if (verdict == Verdict::again && !busy.waiter(request.command_id)) break;
    if (!own && failures > most_setbacks) break;
    if (failures > 1 || verdict == Verdict::again) {
      const Deadline limit = own ? own->deadline : deadline;
      if (SteadyClock::now() >= limit) break;
      co_await pause(executor_, pause_after(failures), limit);
    }
  }
}

// What an answer means for the cart's queue and for those who wait.
Verdict Outbox::Impl::take_in(const CartId& id, Busy& busy, const ApplyRequest& request, Result<Applied> result) {
  const bool promised = busy.queue.is_promised(request.command_id);
  const bool left_sequence =
      result &&
      std::any_of(result->applied_sequences.begin(), result->applied_sequences.end(), [&](const AppliedSequence& last) {
        return last.producer == request.command_id.producer && last.sequence >= request.command_id.sequence;
      });
  Ending ending = ending_of(result, left_sequence && is_kept_without_effect(request.change), promised);
  if (!result && promised && ending == Ending::refused) ending = ending_of_promised(id, busy, request, result.error());
  if (result) ending = take_in(id, busy, request, *result, ending);
  if (ending == Ending::rolled_back)
    log(LogLevel::debug, "the store lost changes of a cart; resending them", {{"cart", id.str()}});

  const std::size_t again = changing(busy, [&](CartQueue& queue) {
    const std::size_t lost = queue.report(ending, result ? result->position : WritePosition{});
    return result ? lost + queue.shown(result->applied_sequences) : lost;
  });
  metrics_.count_resent(again);

  const std::string why_not = result ? std::string() : result.error().detail;
  Waiter* const waiter = busy.waiter(request.command_id);
  const bool over = busy.queue.standing(request.command_id) == CartQueue::Standing::gone;
  if (over && waiter) {
    waiter->result = std::move(result);
    waiter->wake();
  }
  if (ending == Ending::refused && over && !waiter && journal_) journal_->forget({request.command_id});

  const bool perhaps_done = busy.queue.standing(request.command_id) == CartQueue::Standing::perhaps_done;
  const Verdict verdict = after(ending, perhaps_done, SteadyClock::now(), request.deadline);
  if (verdict == Verdict::give_up && !perhaps_done) {
    for (Waiter* away : busy.waiters) {
      away->store_is_away = true;
      away->why_away = why_not;
      away->wake();
    }
  }
  return verdict;
}

// What was acknowledged cannot be refused any more.
Ending Outbox::Impl::ending_of_promised(const CartId& id, Busy& busy, const ApplyRequest& request, const Error& error) {
  // The key was free when this was accepted; what it was taken for meanwhile does not undo that.
  if (error.code == Errc::idempotency_mismatch) return Ending::key_taken;
  // It goes again, and is not judged then.
  if (request.enforce_preconditions) return Ending::refused;
  const auto now = SteadyClock::now();
  busy.hopeless.add(request.command_id, now);
  if (!busy.hopeless.enough(now)) return Ending::not_sent;
  bury(JournalRecord{request.command_id, id, request.change, true},
       error.detail + " (" + busy.hopeless.text(now) + ")");
  return Ending::refused;
}

// The store has it: what follows for the journal, for what was seen, and for how long it is kept.
Ending Outbox::Impl::take_in(const CartId& id, Busy& busy, const ApplyRequest& request, const Applied& applied,
                             Ending ending) {
  const Effect effect = applied.outcome.effect;
  if (effect == Effect::duplicate) metrics_.deduplicated.add();
  if (effect == Effect::changed && !request.enforce_preconditions) metrics_.replayed.add();
  if (!request.enforce_preconditions) metrics_.count_delivered();
  if (busy.queue.is_resent(request.command_id)) metrics_.count_resend_ended(effect == Effect::changed);
  busy.view.reset();
  const WritePosition position = applied.position;
  const bool kept = ending == Ending::applied || ending == Ending::found_there;
  const bool safe = position.epoch != 0 && position.checkpoint <= store_.durable_checkpoint(position.epoch);
  if (kept && safe) ending = Ending::nothing_to_keep;
  if (kept && !safe) {
    kept_[position.epoch].push_back({id, position.checkpoint, position.owner_epoch(), SteadyClock::now()});
    ++kept_count_;
    if (journal_ && request.enforce_preconditions) journal_->accept_soon(request.command_id);
  } else if (journal_) {
    journal_->forget({request.command_id});
  }
  return ending;
}

// Whoever sent the cart's changes is done with its own. Others may wait.
void Outbox::Impl::hand_over(const CartId& id, Busy& busy) {
  if (busy.driven || busy.queue.waiting() == 0 || stopped_) return;
  if (is_due(id)) {
    spawn(executor_, "send a cart's changes again", replay(shared_from_this(), id));
  } else {
    list(id, busy);
  }
}

asio::awaitable<void> Outbox::Impl::replay(std::shared_ptr<Impl> self, CartId id) {
  Use busy(*self, id);
  if (busy->driven) co_return;
  const std::size_t before = busy->queue.waiting();
  co_await self->drive(id, *busy, nullptr);
  self->fruitless_ = busy->queue.waiting() < before ? 0 : self->fruitless_ + 1;
  if (busy->queue.waiting() == 0) {
    busy->failures = 0;
    co_return;
  }
  busy->rests_until = SteadyClock::now() + rest_after(++busy->failures);
  self->list(id, *busy);
}

// Whether the changes of a cart can be sent now: its server serves, and the last attempt is long enough ago.
bool Outbox::Impl::is_due(const CartId& id) const {
  const auto found = busy_.find(id);
  return store_.serves(id) && (found == busy_.end() || SteadyClock::now() >= found->second.rests_until);
}

// The wall clock may have been wrong when the command id was made, or may be now, so it counts only where nothing else
// tells.
bool Outbox::Impl::is_too_old(const CartQueue::Attempt& attempt) const {
  const auto oldest = policy_.limits.replay_horizon - horizon_margin;
  if (attempt.since) return SteadyClock::now() - *attempt.since > oldest;
  return clock_.now().time_since_epoch() - std::chrono::microseconds(attempt.command_id.sequence) > oldest;
}

void Outbox::Impl::bury(JournalRecord record, const std::string& reason) {
  if (const auto left_out = dead_letter_lines_.pass()) {
    log(LogLevel::error, "an acknowledged change became a dead letter; see cartctl outbox",
        {{"cart", record.cart.str()}, {"why", reason}, {"left_out", *left_out}});
  }
  metrics_.count_buried();
  if (journal_) journal_->bury(std::move(record), reason, now_ms(clock_));
}

}  // namespace cartd
