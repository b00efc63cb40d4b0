// One request's change: to the store, and to the journal, or to memory, where the store does not answer.
#include "outbox/core/changing.h"
#include "outbox/core/delta.h"
#include "outbox/core/outbox_core.h"
#include "outbox/core/view.h"

#include <utility>

namespace cartd {

using namespace outbox;
using Phase = Request::Phase;
using Disk = Request::Disk;

// To the store, or, while that is away, to the journal or to memory alone; behind one of its cart that is on its way
// there.
void OutboxCore::take_on(Request request, Change change, Instant now) {
  const auto cart = active_.find(request.cart);
  if (cart != active_.end() && cart->second.keeping)
    return cart->second.keeping->behind.push_back({std::move(request), std::move(change)});
  const bool was_on_its_way = request.first_id.has_value();
  if (acknowledges_while_away() && (was_on_its_way || !store_.serves(request.cart)))
    return keep(std::move(request), std::move(change), now);
  submit_to_store(std::move(request), std::move(change), now);
}

void OutboxCore::submit_to_store(Request request, Change change, Instant now) {
  const CartId id = request.cart;
  const CommandId command_id = producer_.next(now.wall);
  if (has_journal_) {
    request.disk = Disk::writing;
    act(Append{JournalRecord{command_id, id, change, false}});
  }
  deadlines_.add(request.deadline, command_id);
  requests_.emplace(command_id, std::move(request));
  ActiveCart& cart = active(id);
  changing(cart, [&](CartQueue& queue) { queue.accept(command_id, std::move(change), false, false, now.steady); });
  send(id, cart, now);
}

void OutboxCore::on_store_answer(Requests::iterator request, Result<CommandAnswer> answer, bool left_no_trace) {
  request->second.store_answer = std::move(answer);
  request->second.left_no_trace = left_no_trace;
  if (request->second.phase != Phase::store) return;
  request->second.phase = Phase::disk_to_answer;
  if (request->second.disk != Disk::writing) this->answer(request);
}

// The store is away, or the time is over: it is acknowledged from the disk if that has it, or from memory.
void OutboxCore::leave_store(Requests::iterator request, Instant now) {
  Request& its = request->second;
  if (!acknowledges_while_away() || its.is_conditional) return give_up(request);
  if (!has_journal_) return acknowledge(request, now);
  its.phase = Phase::disk_to_acknowledge;
  if (its.disk == Disk::writing) return;
  if (its.written) acknowledge(request, now);
  else give_up(request);
}

void OutboxCore::appended(CommandId command_id, Result<void> result, Instant now) {
  const auto request = requests_.find(command_id);
  if (request == requests_.end()) return;
  const CartId id = request->second.cart;
  Request& its = request->second;
  if (its.phase == Phase::append) {
    on_kept(request, result, now);
    return finish(id, now);
  }
  its.disk = Disk::done;
  its.written = std::move(result);
  switch (its.phase) {
    case Phase::disk_to_answer: answer(request); break;
    case Phase::disk_to_acknowledge:
      if (its.store_answer) answer(request);
      else if (its.written) acknowledge(request, now);
      else give_up(request);
      break;
    case Phase::disk_to_take_back: take_back(request); break;
    default: break;
  }
  finish(id, now);
}

// The store has spoken, and the disk has it, or never will.
void OutboxCore::answer(Requests::iterator request) {
  Request& its = request->second;
  Result<CommandAnswer>& answer = *its.store_answer;
  if (!answer) return withhold(request, answer.error());
  // If the store loses it, the next process must not judge it again. So it knows that its client was told of it.
  if (its.is_conditional && its.written && its.disk == Disk::done && !its.left_no_trace && its.phase != Phase::accept) {
    its.phase = Phase::accept;
    return act(Accept{request->first});
  }
  Acknowledged acknowledged{std::move(answer->cart), answer->outcome, {store_.durability()}};
  if (its.left_no_trace) return withhold(request, std::move(acknowledged));
  if (its.disk == Disk::done && !its.written)
    return complete(
        request, Error{Errc::outcome_unknown, "the change was applied but is not in the journal, so it may be lost"});
  complete(request, std::move(acknowledged));
}

// The disk has the change, or memory is enough, and the store has not answered.
void OutboxCore::acknowledge(Requests::iterator request, Instant now) {
  const CommandId command_id = request->first;
  const CartId id = request->second.cart;
  ActiveCart& cart = active(id);
  if (cart.queue.standing(command_id) == CartQueue::Standing::surely_not_done) {
    // It can still become what is acknowledged while the store is away: a difference to the cart as it was last seen.
    Change change = *changing(cart, [&](CartQueue& queue) { return queue.take(command_id); });
    if (has_journal_) act(Release{{command_id}});
    auto node = requests_.extract(request);
    node.mapped().first_id = command_id;
    return take_on(std::move(node.mapped()), std::move(change), now);
  }
  changing(cart, [&](CartQueue& queue) { queue.acknowledge(command_id); });
  cart.view.reset();
  put_on_list(id, cart);
  ++(has_journal_ ? figures_.journaled : figures_.remembered);
  Cart shown = visible(view(id, cart, now), now.wall_ms());
  complete(request, Acknowledged{std::move(shown), Outcome{Effect::changed}, without_store(id)});
}

void OutboxCore::accepted(CommandId command_id, Result<void> result, Instant now) {
  const auto request = requests_.find(command_id);
  if (request == requests_.end()) return;
  const CartId id = request->second.cart;
  // What the journal has no more is durable in the store.
  if (!result && result.error().code != Errc::not_found) request->second.written = std::move(result);
  answer(request);
  finish(id, now);
}

// Nothing could be acknowledged.
void OutboxCore::give_up(Requests::iterator request) {
  const CommandId command_id = request->first;
  const Request& its = request->second;
  ActiveCart& cart = active(its.cart);
  const bool perhaps_done = changing(cart, [&](CartQueue& queue) { return queue.withdraw(command_id); });
  if (its.disk != Disk::none) act(Release{{command_id}});
  Error error{Errc::unavailable, "the store is too slow to take this change in time"};
  if (perhaps_done)
    error = {Errc::outcome_unknown, "the store did not answer in time; the change may have been applied"};
  else if (its.disk == Disk::done && !its.written) error = its.written.error();
  else if (acknowledges_while_away())
    error = {Errc::degraded, "the store is unreachable and the request needs it; nothing was done"};
  else if (its.why_away) error = {Errc::unavailable, *its.why_away};
  withhold(request, std::move(error));
}

// A change that was refused, or that did nothing of which the store keeps a trace, must not come back from the disk
// after a crash and take effect then. Where it may, no client can be told that it is over.
void OutboxCore::withhold(Requests::iterator request, Result<Acknowledged> result) {
  Request& its = request->second;
  if (its.disk == Disk::none) return complete(request, std::move(result));
  if (!result && result.error().code == Errc::outcome_unknown) {
    act(Release{{request->first}});
    return complete(request, std::move(result));
  }
  its.withheld = std::move(result);
  its.phase = Phase::disk_to_take_back;
  if (its.disk == Disk::done) take_back(request);
}

void OutboxCore::take_back(Requests::iterator request) {
  Request& its = request->second;
  if (!its.written && its.written.error().code != Errc::outcome_unknown)
    return complete(request, std::move(*its.withheld));
  its.phase = Phase::release;
  act(ReleaseNow{request->first});
}

void OutboxCore::released(CommandId command_id, Result<void> result, Instant now) {
  const auto request = requests_.find(command_id);
  if (request == requests_.end()) return;
  const CartId id = request->second.cart;
  if (request->second.written && result) complete(request, std::move(*request->second.withheld));
  else complete(request, Error{Errc::outcome_unknown, "the journal does not answer; the change may be applied later"});
  finish(id, now);
}

// The store is away. The change is judged by the cart as it was last seen, and goes to the store later.
void OutboxCore::keep(Request request, Change change, Instant now) {
  const CartId id = request.cart;
  const CommandId command_id = producer_.next(now.wall);
  // Where its record was written before, that one is what has to leave the disk again if this comes to nothing.
  const auto end = [&](Result<Acknowledged> result) {
    const auto it = requests_.emplace(request.first_id.value_or(command_id), std::move(request)).first;
    withhold(it, std::move(result));
  };
  if (is_judged_by_store(change))
    return end(Error{Errc::degraded, "the store is unreachable and the request needs it; nothing was done"});
  const Knowledge knowledge = without_store(id);
  ActiveCart& cart = active(id);
  CartRecord after = view(id, cart, now);
  const Cart before = visible(after, now.wall_ms());
  const Result<Outcome> outcome = apply(after, change, view_context(id, command_id, true, policy_, now.wall_ms()));
  if (!outcome && outcome.error().code == Errc::not_found && knowledge.partial)
    return end(Error{Errc::degraded, "Redis is unreachable and the line was not seen yet; nothing was changed"});
  if (!outcome) return end(outcome.error());

  // A change that was applied and may be lost with the store is kept as it is, under its key. So is the command for a
  // cart that was never seen, as its difference from the cart is unknown.
  const bool is_repeated = outcome->effect == Effect::replayed && is_seen_under_its_key(change, store_.known(id));
  std::optional<Command> command =
      knowledge.partial || is_repeated ? std::optional(change.command) : delta(change.command, before);
  const bool something_changed = outcome->effect == Effect::changed || after.cart.expires_at != before.expires_at;
  const bool is_new =
      outcome->effect != Effect::replayed && (something_changed || knowledge.partial || is_kept_without_effect(change));
  const bool something_to_do = command && (is_new || is_repeated);
  Acknowledged acknowledged{visible(after, now.wall_ms()), *outcome, knowledge};
  if (!something_to_do) return end(std::move(acknowledged));

  JournalRecord record{command_id, id, Change{std::move(*command), std::nullopt, change.idempotency}, true};
  cart.keeping = std::make_unique<Keeping>(Keeping{record.change});
  request.phase = Phase::append;
  request.kept = std::move(acknowledged);
  const auto it = requests_.emplace(command_id, std::move(request)).first;
  if (has_journal_) act(Append{std::move(record)});
  else on_kept(it, {}, now);
}

void OutboxCore::on_kept(Requests::iterator request, const Result<void>& durable, Instant now) {
  const CommandId command_id = request->first;
  const CartId id = request->second.cart;
  ActiveCart& cart = active_.at(id);
  const std::unique_ptr<Keeping> keeping = std::move(cart.keeping);
  if (durable) {
    ++(has_journal_ ? figures_.journaled : figures_.remembered);
    std::optional<CartRecord> shown = cart.view ? std::optional(cart.view->record) : std::nullopt;
    if (shown) (void)apply(*shown, keeping->change, view_context(id, command_id, false, policy_, now.wall_ms()));
    changing(cart,
             [&](CartQueue& queue) { queue.accept(command_id, std::move(keeping->change), true, false, now.steady); });
    if (shown) keep_view(cart, *shown);
    put_on_list(id, cart);
    complete(request, std::move(*request->second.kept));
  } else {
    act(Release{{command_id}});
    auto node = requests_.extract(request);
    node.key() = node.mapped().first_id.value_or(command_id);
    const auto it = requests_.insert(std::move(node)).position;
    withhold(it, durable.error());
  }
  for (Keeping::Waiting& next : keeping->behind) take_on(std::move(next.request), std::move(next.change), now);
}

void OutboxCore::complete(Requests::iterator request, Result<Acknowledged> result) {
  act(CompleteChange{request->second.id, std::move(result)});
  requests_.erase(request);
}

}  // namespace cartd
