// One request's change, or its question: to the store, and to the journal where the store does not answer.
#include "outbox/delta.h"
#include "outbox/outbox_impl.h"
#include "runtime/spawn.h"

#include <utility>

namespace cartd {

namespace asio = boost::asio;
using namespace outbox;

asio::awaitable<Result<Acknowledged>> Outbox::Impl::submit(CartId id, Change change, Answer answer, Deadline deadline) {
  // Before anything is done: what the store has and the disk has not could not be acknowledged.
  if (journal_)
    if (std::optional<Error> refusal = journal_->refusal()) co_return std::move(*refusal);
  if (journal_ && !store_.serves(id)) co_return co_await submit_to_journal(std::move(id), std::move(change));
  co_return co_await submit_to_store(std::move(id), std::move(change), answer, deadline);
}

asio::awaitable<Result<Acknowledged>> Outbox::Impl::submit_to_store(CartId id, Change change, Answer answer,
                                                                    Deadline deadline) {
  Use busy(*this, id);
  Waiter waiter(executor_, producer_.next(), answer, deadline);
  const Waiting waiting(*busy, waiter);
  WritingPtr writing;
  if (journal_) {
    JournalRecord record{waiter.command_id, id, change, false};
    writing = write(std::move(record));
  }
  changing(*busy, [&](CartQueue& queue) { queue.accept(waiter.command_id, change, false, false, SteadyClock::now()); });
  if (busy->driven) {
    co_await wait_for(waiter.timer);
  } else {
    co_await drive(id, *busy, &waiter);
  }
  // While the disk is waited for, the store's word may still come.
  const bool on_disk = !waiter.result && writing && !change.expected_version && (co_await written(writing)).has_value();
  if (waiter.result) {
    hand_over(id, *busy);
    co_return co_await answered(waiter.command_id, std::move(*waiter.result), writing);
  }
  if (on_disk) co_return co_await promise(id, *busy, std::move(change), waiter, writing);
  Error error = give_up(*busy, waiter, writing);
  hand_over(id, *busy);
  co_return co_await refused(waiter.command_id, std::move(error), writing);
}

// The store has spoken. With a journal the disk has to have it too.
asio::awaitable<Result<Acknowledged>> Outbox::Impl::answered(CommandId command_id, Result<Applied> result,
                                                             WritingPtr writing) {
  if (writing) {
    const Result<void> durable = co_await written(writing);
    if (result && !durable)
      co_return Error{Errc::outcome_unknown, "the change was applied but is not in the journal, so it may be lost"};
  }
  if (!result) co_return co_await refused(command_id, result.error(), writing);
  const Knowledge knowledge{store_.durability()};
  co_return Acknowledged{std::move(result->cart), result->outcome, knowledge};
}

// What was refused must not come back from the disk after a crash. Where it may, nobody can be told that it was not
// done.
asio::awaitable<Error> Outbox::Impl::refused(CommandId command_id, Error error, WritingPtr writing) {
  if (!writing) co_return error;
  if (error.code == Errc::outcome_unknown) {
    journal_->forget({command_id});
    co_return error;
  }
  const Result<void> was_written = co_await written(writing);
  if (!was_written && was_written.error().code != Errc::outcome_unknown) co_return error;
  const Result<void> gone = co_await journal_->forget_now(command_id);
  if (was_written && gone) co_return error;
  co_return Error{Errc::outcome_unknown, "the journal does not answer; the change may be applied later"};
}

// The disk has the change and the store has not answered: it is acknowledged from the disk.
asio::awaitable<Result<Acknowledged>> Outbox::Impl::promise(CartId id, Busy& busy, Change change, Waiter& waiter,
                                                            WritingPtr writing) {
  const CommandId command_id = waiter.command_id;
  if (busy.queue.standing(command_id) == CartQueue::Standing::surely_not_done) {
    // It can still become what is promised while the store is away: a difference to the cart as it was last seen.
    changing(busy, [&](CartQueue& queue) { return queue.withdraw(command_id); });
    journal_->forget({command_id});
    hand_over(id, busy);
    Result<Acknowledged> kept = co_await submit_to_journal(std::move(id), std::move(change));
    if (!kept) co_return co_await refused(command_id, kept.error(), writing);
    co_return kept;
  }
  busy.queue.promise(command_id);
  busy.view.reset();
  list(id, busy);
  const Result<void> durable = co_await journal_->accept(command_id);
  if (waiter.result && *waiter.result) {
    const Knowledge knowledge{store_.durability()};
    co_return Acknowledged{std::move((*waiter.result)->cart), (*waiter.result)->outcome, knowledge};
  }
  if (!durable)
    co_return Error{Errc::outcome_unknown, "the change may not be in the journal; it may have been applied"};
  metrics_.count_journaled(this);
  const Cart cart = visible(view(id, busy), now_ms(clock_));
  const Knowledge knowledge = without_store(id);
  co_return Acknowledged{cart, Outcome{Effect::changed}, knowledge};
}

// Nothing could be promised.
Error Outbox::Impl::give_up(Busy& busy, const Waiter& waiter, const WritingPtr& writing) {
  const bool perhaps_done = changing(busy, [&](CartQueue& queue) { return queue.withdraw(waiter.command_id); });
  if (writing) journal_->forget({waiter.command_id});
  if (perhaps_done)
    return {Errc::outcome_unknown, "the store did not answer in time; the change may have been applied"};
  if (writing && writing->result && !*writing->result) return writing->result->error();
  if (journal_) return {Errc::degraded, "Redis is unreachable and If-Match needs it; nothing was changed"};
  if (waiter.store_is_away) return {Errc::unavailable, waiter.why_away};
  return {Errc::unavailable, "the store is too slow to take this change in time"};
}

// The store is away. The change is judged by the cart as it was last seen, and goes to the store later.
asio::awaitable<Result<Acknowledged>> Outbox::Impl::submit_to_journal(CartId id, Change change) {
  if (change.expected_version)
    co_return Error{Errc::degraded, "Redis is unreachable and If-Match needs it; nothing was changed"};
  Use busy(*this, id);
  const CommandId command_id = producer_.next();
  const Knowledge knowledge = without_store(id);
  CartRecord after = view(id, *busy);
  const Cart before = visible(after, now_ms(clock_));
  const Result<Outcome> outcome = apply(after, change, view_context(id, command_id, true));
  if (!outcome) co_return outcome.error();

  // Of a cart that was never seen nobody knows what a difference would be: then the command stands as it is.
  std::optional<Command> command = knowledge.partial ? std::optional(change.command) : delta(change.command, before);
  const bool something_changed = outcome->effect == Effect::changed || after.cart.expires_at != before.expires_at;
  const bool something_to_do = command && outcome->effect != Effect::replayed &&
                               (something_changed || knowledge.partial || is_kept_without_effect(change));
  Acknowledged acknowledged{visible(after, now_ms(clock_)), *outcome, knowledge};
  if (!something_to_do) co_return acknowledged;

  JournalRecord record{command_id, id, Change{std::move(*command), std::nullopt, change.idempotency}, true};
  changing(*busy, [&](CartQueue& queue) { queue.accept(command_id, record.change, true, false, SteadyClock::now()); });
  busy->view = std::move(after);
  list(id, *busy);
  const Result<void> durable = co_await journal_->append(std::move(record));
  if (!durable) {
    const bool sent = busy->queue.standing(command_id) != CartQueue::Standing::surely_not_done;
    if (!sent) changing(*busy, [&](CartQueue& queue) { return queue.take(command_id); });
    if (!sent) journal_->forget({command_id});
    busy->view.reset();
    if (sent) co_return Error{Errc::outcome_unknown, "the change may not be in the journal; it may have been applied"};
    co_return durable.error();
  }
  metrics_.count_journaled(this);
  co_return acknowledged;
}

WritingPtr Outbox::Impl::write(JournalRecord record) {
  auto writing = std::make_shared<Writing>(executor_);
  spawn(executor_, "write a change to the journal", write_record(shared_from_this(), std::move(record), writing));
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

ApplyContext Outbox::Impl::view_context(const CartId& id, CommandId command_id, bool enforce_preconditions) const {
  return {command_id, now_ms(clock_), policy_.ttl.ttl_of(id), policy_.limits, {}, enforce_preconditions};
}

/// The cart as it was last seen, with what is promised on top.
CartRecord& Outbox::Impl::view(const CartId& id, Busy& busy) {
  if (!busy.view) {
    const std::optional<Loaded> known = store_.known(id);
    CartRecord& record = busy.view.emplace(CartRecord{known ? known->snapshot->record.cart : Cart{id}});
    const auto is_known = [&](CommandId command_id) {
      if (!known) return false;
      const std::vector<AppliedSequence>& applied_sequences = known->snapshot->record.applied_sequences;
      return std::any_of(applied_sequences.begin(), applied_sequences.end(), [&](const AppliedSequence& last) {
        return last.producer == command_id.producer && last.sequence >= command_id.sequence;
      });
    };
    CommandId view_id{0, 0};
    busy.queue.for_each_promised([&](const Change& change, CommandId command_id) {
      if (is_known(command_id)) return;
      ++view_id.sequence;
      (void)apply(record, change, view_context(id, view_id, false));
    });
  }
  return *busy.view;
}

Knowledge Outbox::Impl::without_store(const CartId& id) const { return {Durability::journal, true, !store_.known(id)}; }

/// The store may not have what this process has acknowledged.
bool Outbox::Impl::behind(const CartId& id) {
  const auto found = busy_.find(id);
  if (found == busy_.end()) return false;
  Busy& busy = found->second;
  const std::uint64_t now = store_.epoch_of(id);
  const auto owner = busy.queue.owner();
  if (owner && now != 0 && *owner != now) {
    const std::size_t again = changing(busy, [&](CartQueue& queue) { return queue.moved_to(now); });
    metrics_.count_resent(again);
  }
  if (!busy.queue.owes()) return false;
  hand_over(id, busy);
  return true;
}

/// A reader's answer also tells what the store has lost.
void Outbox::Impl::take_in(const CartId& id, const Shown& shown) {
  const auto found = busy_.find(id);
  if (found == busy_.end()) return;
  found->second.view.reset();
  const std::size_t again =
      changing(found->second, [&](CartQueue& queue) { return queue.shown(shown.applied_sequences); });
  metrics_.count_resent(again);
}

asio::awaitable<Result<Found>> Outbox::Impl::find(CartId id, Deadline deadline) {
  for (unsigned looks = 0;;) {
    const bool away = journal_ && !store_.serves(id);
    const bool is_behind = behind(id);
    const bool late = SteadyClock::now() >= deadline;
    if (journal_ && (away || (is_behind && late))) break;
    if (is_behind && late)
      co_return Error{Errc::unavailable, "acknowledged changes of this cart are still on their way to the store"};
    if (is_behind) {
      co_await pause(executor_, pause_after(++looks), deadline);
      continue;
    }
    Result<Shown> shown = co_await show(store_, id, deadline);
    if (!shown && journal_ && shown.error().code == Errc::unavailable) break;
    if (!shown) co_return shown.error();
    take_in(id, *shown);
    // A failover between the question and the answer.
    if (behind(id)) continue;
    const Knowledge knowledge{store_.durability()};
    co_return Found{std::move(shown->cart), knowledge};
  }
  Use busy(*this, id);
  const Knowledge knowledge = without_store(id);
  co_return Found{visible(view(id, *busy), now_ms(clock_)), knowledge};
}

void Outbox::Impl::forget_if_done(const CartId& id) {
  const auto found = busy_.find(id);
  if (found == busy_.end()) return;
  Busy& busy = found->second;
  if (busy.users > 0 || busy.listed || !busy.queue.empty()) return;
  count_age(busy);
  busy_.erase(found);
}

}  // namespace cartd
