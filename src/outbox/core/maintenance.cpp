// Work as time passes: deadlines, releasing durable changes, resending those that may be lost.
#include "outbox/core/changing.h"
#include "outbox/core/outbox_core.h"

#include <algorithm>
#include <utility>

namespace cartd {

using namespace outbox;

void OutboxCore::tick(Instant now) {
  while (const auto command_id = deadlines_.take_due(now.steady)) on_deadline(*command_id, now);
  while (const auto id = cart_alarms_.take_due(now.steady)) on_cart_alarm(*id, now);
  if (!maintained_next_ || now.steady < *maintained_next_) return;
  maintained_next_ = now.steady + options_.tick;
  maintain(now);
}

void OutboxCore::store_moved(Instant now) {
  if (!is_stopped_) maintain(now);
}

std::optional<SteadyTime> OutboxCore::wake_at() {
  std::optional<SteadyTime> first = maintained_next_;
  const auto consider = [&](std::optional<SteadyTime> time) {
    if (time && (!first || *time < *first)) first = time;
  };
  consider(deadlines_.next(
      [&](CommandId command_id) { return requests_.contains(command_id) || retries_.contains(command_id); }));
  consider(cart_alarms_.next([&](const CartId& id) { return active_.contains(id); }));
  return first;
}

void OutboxCore::on_deadline(CommandId command_id, Instant now) {
  if (const auto retry = retries_.find(command_id); retry != retries_.end()) {
    if (!std::exchange(retry->second.is_answered, true))
      act(CompleteRetry{
          retry->second.id,
          Error{Errc::outcome_unknown,
                "the journal's disk does not answer in time; the dead letter may be retried when it does"}});
    return;
  }
  const auto request = requests_.find(command_id);
  if (request == requests_.end() || request->second.phase != Request::Phase::store) return;
  const CartId id = request->second.cart;
  // The store keeps the deadline of what is under way, and its answer says whether it was applied.
  const ActiveCart& cart = active_.at(id);
  if (cart.queue.is_under_way(command_id) && cart.sending->execution.group().deadline <= now.steady) return;
  leave_store(request, now);
  finish(id, now);
}

void OutboxCore::on_cart_alarm(const CartId& id, Instant now) {
  const auto found = active_.find(id);
  if (found == active_.end()) return;
  ActiveCart& cart = found->second;
  if (cart.paused_until && *cart.paused_until <= now.steady) {
    cart.paused_until.reset();
    send(id, cart, now);
  }
  finish(id, now);
}

void OutboxCore::maintain(Instant now) {
  const auto on_ended = [&](const CartId& id, std::uint64_t epoch) {
    const auto found = active_.find(id);
    if (found == active_.end()) return;
    ActiveCart& cart = found->second;
    figures_.resent += changing(cart, [&](CartQueue& queue) { return queue.moved_to(epoch); });
    if (cart.queue.waiting() > 0) put_on_list(id, cart);
  };
  const auto on_durable = [&](const CartId& id, std::uint64_t epoch, std::uint64_t checkpoint) {
    const auto found = active_.find(id);
    if (found == active_.end()) return false;
    ActiveCart& cart = found->second;
    std::vector<CommandId> durable = changing(cart, [&](CartQueue& queue) { return queue.release(epoch, checkpoint); });
    if (has_journal_ && !durable.empty()) act(Release{std::move(durable)});
    if (cart.queue.is_held_up(epoch)) return true;
    drop_if_done(id);
    return false;
  };
  unconfirmed_.sweep(store_, now.steady, options_.retention, on_ended, on_durable);
  // Whether the store serves their carts may have changed.
  std::vector<CartId> waited_for;
  if (readers_ > 0)
    for (const auto& [id, cart] : active_)
      if (!cart.readers.empty()) waited_for.push_back(id);
  for (const CartId& id : waited_for) finish(id, now);
  if (is_stopped_) return;
  for (std::size_t begin = replays_.wanted(now.steady, [&](const CartId& id) { return is_due(id, now); }); begin > 0;
       --begin)
    replay_next(now);
}

void OutboxCore::replay_next(Instant now) {
  for (std::size_t looks = 0; looks < ReplaySchedule::most_looks && !is_stopped_;) {
    const std::optional<CartId> id = replays_.take();
    if (!id) return;
    const auto found = active_.find(*id);
    if (found == active_.end()) continue;
    ActiveCart& cart = found->second;
    cart.is_listed = false;
    if (cart.queue.waiting() == 0 || cart.is_driven()) {
      drop_if_done(*id);
    } else if (is_due(*id, now)) {
      replays_.begun();
      cart.is_replayed = true;
      send(*id, cart, now);
      drop_if_done(*id);
      return;
    } else {
      put_on_list(*id, cart);
      ++looks;
    }
  }
}

// Whether the changes of a cart can be sent now: its server serves, and the last attempt is long enough ago.
bool OutboxCore::is_due(const CartId& id, Instant now) const {
  const auto found = active_.find(id);
  return store_.serves(id) && (found == active_.end() || now.steady >= found->second.rests_until);
}

}  // namespace cartd
