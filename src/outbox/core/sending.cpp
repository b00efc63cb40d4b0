// A cart's changes on their way to the store, a group at a time, and what its answers mean.
#include "outbox/core/changing.h"
#include "outbox/core/outbox_core.h"

#include <algorithm>
#include <utility>

namespace cartd {

using namespace outbox;
using Ending = CartQueue::Ending;

namespace {

// Before the sequence that a change left may have been forgotten.
constexpr std::chrono::minutes horizon_margin(10);

// Answers in a row, with no request waiting, after which as many changes of a cart wait as before: then the cart rests.
constexpr unsigned most_setbacks = 3;

bool has_sequence(const std::vector<AppliedSequence>& applied_sequences, CommandId command_id) {
  return std::any_of(applied_sequences.begin(), applied_sequences.end(), [&](const AppliedSequence& last) {
    return last.producer == command_id.producer && last.sequence >= command_id.sequence;
  });
}

}  // namespace

// Begins with what waits, unless that is on its way.
void OutboxCore::send(const CartId& id, ActiveCart& cart, Instant now) {
  if (cart.is_driven()) return;
  cart.waiting_at_start = static_cast<std::uint32_t>(cart.queue.waiting());
  if (const auto step = begin_group(id, cart, now)) carry_on(id, cart, *step, now);
  else end_sending(cart, true);
}

void OutboxCore::carry_on(const CartId& id, ActiveCart& cart, Step step, Instant now) {
  std::optional<Step> next = step;
  while (next) {
    Execution& execution = cart.sending->execution;
    if (*next == Step::load) return act(LoadCart{id, execution.group().deadline});
    if (*next == Step::add) return act(AddToCart{execution.take_add()});
    if (*next == Step::commit) return act(CommitCart{execution.take_commit()});
    if (!on_group_end(id, cart, now)) return;
    next = begin_group(id, cart, now);
  }
  end_sending(cart, true);
}

std::optional<OutboxCore::Step> OutboxCore::begin_group(const CartId& id, ActiveCart& cart, Instant now) {
  if (is_stopped_ && !is_awaited(cart)) return std::nullopt;
  const auto is_wanted = [&](const CartQueue::Entry& entry) {
    return !is_too_old(entry, now) || requests_.contains(entry.command_id);
  };
  while (const CartQueue::Entry* const oldest = cart.queue.oldest_waiting()) {
    if (is_wanted(*oldest)) break;
    const CommandId command_id = oldest->command_id;
    Change change = *changing(cart, [&](CartQueue& queue) { return queue.take(command_id); });
    keep_dead_letter({command_id, id, std::move(change), true},
                     "too old: cartd cannot tell whether the store already has it", now);
  }
  std::vector<CartQueue::Attempt> attempts =
      changing(cart, [&](CartQueue& queue) { return queue.next({}, is_wanted); });
  if (attempts.empty()) return std::nullopt;

  CommandGroup group{id, {}, now.steady + options_.attempt, dead_producers_};
  group.commands.reserve(attempts.size());
  bool has_request = false;
  for (const CartQueue::Attempt& attempt : attempts) {
    const auto request = requests_.find(attempt.command_id);
    Answer answer = acknowledges_while_away() ? Answer::full : Answer::version;
    if (request != requests_.end()) {
      const Deadline deadline = request->second.deadline;
      group.deadline = has_request ? std::max(group.deadline, deadline) : deadline;
      has_request = true;
      if (!acknowledges_while_away()) answer = request->second.answer;
    }
    group.commands.push_back(
        {attempt.change, attempt.command_id, answer, attempt.required, attempt.enforce_preconditions});
  }
  cart.sending = std::make_unique<Sending>(std::move(attempts), std::move(group), policy_, store_.epoch_of(id));
  return cart.sending->execution.begin(store_.known(id), now.wall_ms());
}

// The wall clock may have been wrong when the command id was made, or may be now, so it counts only where nothing else
// tells.
bool OutboxCore::is_too_old(const CartQueue::Entry& entry, Instant now) const {
  const auto oldest = policy_.limits.replay_horizon - horizon_margin;
  if (entry.since != SteadyTime::min()) return now.steady - entry.since > oldest;
  return now.wall.time_since_epoch() - std::chrono::microseconds(entry.command_id.sequence) > oldest;
}

// Takes a group's answers into the cart's queue and to its waiting callers. Answers whether the next one is to follow.
bool OutboxCore::on_group_end(const CartId& id, ActiveCart& cart, Instant now) {
  const std::unique_ptr<Sending> sending = std::move(cart.sending);
  const Deadline deadline = sending->execution.group().deadline;
  GroupResult group = sending->execution.take_result();
  const std::size_t waited = cart.queue.waiting();
  bool is_again = false;
  bool is_over = false;
  bool is_away = false;
  changing(cart, [&](CartQueue& queue) {
    for (std::size_t i = 0; i < sending->attempts.size(); ++i) {
      const CartQueue::Attempt& attempt = sending->attempts[i];
      if (i >= group.answers.size() && i >= group.failed) {
        queue.report(attempt.command_id, Ending::not_sent, {});
        continue;
      }
      Result<CommandAnswer> answer =
          group.failure ? Result<CommandAnswer>(*group.failure) : std::move(group.answers[i]);
      if (!answer && answer.error().code == Errc::outcome_unknown) note_unclear(attempt.command_id, sending->epoch);
      const Verdict verdict = on_answer(id, cart, attempt, std::move(answer), group, deadline, now);
      is_again |= verdict == Verdict::again;
      is_over |= verdict == Verdict::give_up;
      is_away |= verdict == Verdict::give_up && queue.standing(attempt.command_id) != CartQueue::Standing::perhaps_done;
    }
    if (!group.failure) figures_.resent += queue.shown(group.snapshot->record.applied_sequences);
  });
  static const std::string no_reason;
  dismiss(cart, is_away ? group.failure ? &group.failure->detail : &no_reason : nullptr, now);
  return goes_on(id, cart, is_again ? Verdict::again : is_over ? Verdict::give_up : Verdict::next, waited, now);
}

void OutboxCore::note_unclear(CommandId command_id, std::uint64_t epoch) {
  const auto request = requests_.find(command_id);
  if (request == requests_.end()) return;
  std::optional<std::uint64_t>& unclear = request->second.unclear_epoch;
  unclear = !unclear || *unclear == epoch ? epoch : 0;
}

Verdict OutboxCore::on_answer(const CartId& id, ActiveCart& cart, const CartQueue::Attempt& attempt,
                              Result<CommandAnswer> answer, const GroupResult& group, Deadline deadline, Instant now) {
  const CommandId command_id = attempt.command_id;
  const bool acknowledged = cart.queue.is_acknowledged(command_id);
  const bool left_sequence = answer && has_sequence(group.snapshot->record.applied_sequences, command_id);
  const bool left_no_trace = answer && answer->outcome.effect == Effect::unchanged && !left_sequence;
  Ending ending = ending_of(answer, left_sequence && is_kept_without_effect(*attempt.change), acknowledged);
  if (!answer && acknowledged && ending == Ending::refused)
    ending = ending_of_acknowledged(id, cart, attempt, answer.error(), now);
  if (answer) ending = on_effect(id, cart, attempt, answer->outcome.effect, group.position, ending, now);
  figures_.resent += cart.queue.report(command_id, ending, answer ? group.position : WritePosition{});

  const CartQueue::Standing standing = cart.queue.standing(command_id);
  if (standing == CartQueue::Standing::gone) {
    if (const auto request = requests_.find(command_id); request != requests_.end()) {
      // A server that refuses it can tell nothing of an attempt that another server may have done: which of them is the
      // primary in the end is open.
      const std::optional<std::uint64_t> unclear = request->second.unclear_epoch;
      if (!answer && unclear && *unclear != group.position.epoch)
        answer =
            Error{Errc::outcome_unknown, "another server than before refuses the change; it may have been applied"};
      on_store_answer(request, std::move(answer), left_no_trace);
    } else if (ending == Ending::refused && has_journal_) act(Release{{command_id}});
  }
  return after(ending, standing == CartQueue::Standing::perhaps_done, now.steady, deadline);
}

// An acknowledged change cannot be refused any more.
Ending OutboxCore::ending_of_acknowledged(const CartId& id, ActiveCart& cart, const CartQueue::Attempt& attempt,
                                          const Error& error, Instant now) {
  // The key was free when this was accepted; what it was taken for meanwhile does not undo that.
  if (error.code == Errc::idempotency_mismatch) return Ending::key_taken;
  // It goes again, and is not judged then.
  if (attempt.enforce_preconditions) return Ending::refused;
  if (!cart.hopeless) cart.hopeless = std::make_unique<HopelessAttempts>();
  cart.hopeless->add(attempt.command_id, now.steady);
  if (!cart.hopeless->enough(now.steady)) return Ending::not_sent;
  keep_dead_letter({attempt.command_id, id, *attempt.change, true},
                   error.detail + " (" + cart.hopeless->text(now.steady) + ")", now);
  return Ending::refused;
}

// The store has it: what follows for the journal, for what was seen, and for how long it is kept.
Ending OutboxCore::on_effect(const CartId& id, ActiveCart& cart, const CartQueue::Attempt& attempt, Effect effect,
                             WritePosition position, Ending ending, Instant now) {
  if (effect == Effect::duplicate) ++figures_.deduplicated;
  if (effect == Effect::changed && !attempt.enforce_preconditions) ++figures_.replayed;
  if (!attempt.enforce_preconditions) ++figures_.delivered;
  if (cart.queue.is_resent(attempt.command_id)) {
    ++figures_.resend_ended;
    if (effect == Effect::changed) ++figures_.restored;
  }
  cart.view.reset();
  const bool kept = ending == Ending::applied || ending == Ending::found_there;
  const bool durable = position.epoch != 0 && position.checkpoint <= store_.durable_checkpoint(position.epoch);
  if (!kept || durable) {
    if (has_journal_) act(Release{{attempt.command_id}});
    return kept ? Ending::nothing_to_keep : ending;
  }
  unconfirmed_.add(id, position, now.steady);
  return ending;
}

// Tells the requests that the store is away (`why_away`), if their changes were surely not done, and those whose time
// is over.
void OutboxCore::dismiss(ActiveCart& cart, const std::string* why_away, Instant now) {
  std::vector<CommandId> leaving;
  cart.queue.for_each_unacknowledged([&](const CartQueue::Entry& entry) {
    const auto request = requests_.find(entry.command_id);
    if (request == requests_.end() || request->second.phase != Request::Phase::store) return;
    const bool is_late = now.steady >= request->second.deadline;
    if (why_away && !entry.possibly_done) request->second.why_away = *why_away;
    if (is_late || request->second.why_away) leaving.push_back(entry.command_id);
  });
  for (const CommandId command_id : leaving) leave_store(requests_.find(command_id), now);
}

// Whether to go on with the cart at once; else it pauses or rests.
bool OutboxCore::goes_on(const CartId& id, ActiveCart& cart, Verdict verdict, std::size_t waited, Instant now) {
  // An answer after which no fewer changes wait, because the store lacks earlier ones, is as good as a failure: a store
  // that never shows them would be asked for ever.
  const bool is_progress = verdict == Verdict::next && cart.queue.waiting() < waited;
  if (is_progress) cart.setbacks = 0;
  if (is_progress || cart.queue.waiting() == 0) return true;
  ++cart.setbacks;
  // Changes without a waiting client are tried again when the store is known to be back.
  if (!is_awaited(cart) && (verdict != Verdict::next || cart.setbacks > most_setbacks)) {
    cart.rests_until = now.steady + rest_after(++cart.rests);
    put_on_list(id, cart);
    end_sending(cart, cart.queue.waiting() < cart.waiting_at_start);
    return false;
  }
  if (cart.setbacks == 1 && verdict == Verdict::next) return true;
  cart.paused_until = now.steady + pause_after(cart.setbacks);
  cart_alarms_.add(*cart.paused_until, id);
  return false;
}

/// A request waits for the store's answer.
bool OutboxCore::is_awaited(const ActiveCart& cart) const {
  bool is_awaited = false;
  cart.queue.for_each_unacknowledged([&](const CartQueue::Entry& entry) {
    const auto request = requests_.find(entry.command_id);
    is_awaited |= request != requests_.end() && request->second.phase == Request::Phase::store;
  });
  return is_awaited;
}

// All was sent, or what is left rests.
void OutboxCore::end_sending(ActiveCart& cart, bool got_on) {
  cart.setbacks = 0;
  if (cart.queue.waiting() == 0) {
    cart.rests = 0;
    cart.hopeless.reset();
  }
  if (!std::exchange(cart.is_replayed, false)) return;
  replays_.ended(got_on);
  if (!cart.is_listed) ++replay_credits_;
}

}  // namespace cartd
