// Reading a cart: never behind what this process has acknowledged.
#include "outbox/core/changing.h"
#include "outbox/core/outbox_core.h"
#include "outbox/core/view.h"

#include <utility>

namespace cartd {

using namespace outbox;

void OutboxCore::find(RequestId request, CartId id, Deadline deadline, Instant now) {
  read_or_wait(request, id, deadline, now);
  finish(id, now);
}

void OutboxCore::read_or_wait(RequestId request, const CartId& id, Deadline deadline, Instant now) {
  const bool is_away = acknowledges_while_away() && !store_.serves(id);
  const bool behind = is_behind(id, now);
  const bool is_late = now.steady >= deadline;
  if (acknowledges_while_away() && (is_away || (behind && is_late))) return read_from_view(request, id, now);
  if (behind && is_late)
    return act(CompleteRead{
        request, Error{Errc::unavailable, "acknowledged changes of this cart are still on their way to the store"}});
  if (behind) {
    active(id).readers.push_back({request, deadline});
    ++readers_;
    return cart_alarms_.add(deadline, id);
  }
  std::optional<Loaded> known = store_.known(id);
  if (known && known->is_current) return take_reading(ReadCart{request, id, deadline}, std::move(*known), now);
  act(ReadCart{request, id, deadline});
}

void OutboxCore::read(const ReadCart& action, Result<Loaded> result, Instant now) {
  take_reading(action, std::move(result), now);
  finish(action.cart, now);
}

// A reader's answer also tells what the store has lost.
void OutboxCore::take_reading(const ReadCart& action, Result<Loaded> result, Instant now) {
  if (!result && acknowledges_while_away() && result.error().code == Errc::unavailable)
    return read_from_view(action.request, action.cart, now);
  if (!result) return act(CompleteRead{action.request, result.error()});
  const CartRecord& record = result->snapshot->record;
  if (const auto found = active_.find(action.cart); found != active_.end()) {
    ActiveCart& cart = found->second;
    cart.view.reset();
    figures_.resent += changing(cart, [&](CartQueue& queue) { return queue.shown(record.applied_sequences); });
    // A failover between the question and the answer.
    if (is_behind(action.cart, now)) return read_or_wait(action.request, action.cart, action.deadline, now);
  }
  const Knowledge knowledge{store_.durability()};
  Found found{visible(record, result->now), knowledge};
  found.record = std::shared_ptr<const CartRecord>(result->snapshot, &record);
  act(CompleteRead{action.request, std::move(found)});
}

void OutboxCore::read_from_view(RequestId request, const CartId& id, Instant now) {
  const Knowledge knowledge = without_store(id);
  act(CompleteRead{request, Found{visible(view(id, active(id), now), now.wall_ms()), knowledge}});
}

void OutboxCore::wake_readers(const CartId& id, ActiveCart& cart, Instant now) {
  const std::vector<Reader> readers = std::exchange(cart.readers, {});
  readers_ -= readers.size();
  for (const Reader& reader : readers) read_or_wait(reader.request, id, reader.deadline, now);
}

/// The store may not have what this process has acknowledged. Then it is on its way.
bool OutboxCore::is_behind(const CartId& id, Instant now) {
  const auto found = active_.find(id);
  if (found == active_.end()) return false;
  ActiveCart& cart = found->second;
  const std::uint64_t epoch = store_.epoch_of(id);
  const auto owner = cart.queue.owner();
  if (owner && epoch != 0 && *owner != epoch)
    figures_.resent += changing(cart, [&](CartQueue& queue) { return queue.moved_to(epoch); });
  if (!cart.queue.has_unapplied_acknowledgements()) return false;
  if (cart.is_driven()) return true;
  if (is_due(id, now)) send(id, cart, now);
  else put_on_list(id, cart);
  return cart.queue.has_unapplied_acknowledgements();
}

/// The cart as it was last seen, with what is acknowledged on top.
CartRecord OutboxCore::view(const CartId& id, ActiveCart& cart, Instant now) {
  if (cart.view) return cart.view->record;
  CartRecord record = view_of(id, store_.known(id), cart.queue, policy_, now.wall_ms());
  keep_view(cart, record);
  return record;
}

// It is as large as the cart. Made of a few changes it is made again when it is asked for.
void OutboxCore::keep_view(ActiveCart& cart, const CartRecord& record) {
  constexpr std::size_t few = 16;
  cart.view = cart.queue.waiting() <= few ? nullptr : std::make_unique<KeptView>(record, view_bytes_);
}

Knowledge OutboxCore::without_store(const CartId& id) const {
  return {has_journal_ ? Durability::journal : Durability::memory, true, !store_.known(id).has_value()};
}

}  // namespace cartd
