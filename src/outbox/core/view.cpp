#include "outbox/core/view.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace cartd::outbox {

ApplyContext view_context(const CartId& id, CommandId command_id, bool enforce_preconditions, const Policy& policy,
                          Time now) {
  return {command_id, now, policy.ttl.ttl_of(id), policy.limits, {}, enforce_preconditions};
}

bool is_seen_under_its_key(const Change& change, const std::optional<Loaded>& known) {
  if (!change.idempotency || !known) return false;
  const std::vector<RememberedKey>& keys = known->snapshot->record.keys;
  return std::any_of(keys.begin(), keys.end(),
                     [&](const RememberedKey& one) { return one.idempotency == *change.idempotency; });
}

CartRecord view_of(const CartId& id, const std::optional<Loaded>& known, const CartQueue& queue, const Policy& policy,
                   Time now) {
  CartRecord record{known ? known->snapshot->record.cart : Cart{id}};
  // A change repeated under its key must not show twice.
  if (known) record.keys = known->snapshot->record.keys;
  const auto is_known = [&](CommandId command_id) {
    if (!known) return false;
    const std::vector<AppliedSequence>& applied_sequences = known->snapshot->record.applied_sequences;
    return std::any_of(applied_sequences.begin(), applied_sequences.end(), [&](const AppliedSequence& last) {
      return last.producer == command_id.producer && last.sequence >= command_id.sequence;
    });
  };
  CommandId view_id{0, 0};
  queue.for_each_waiting([&](const CartQueue::Entry& entry) {
    if (!entry.acknowledged || is_known(entry.command_id)) return;
    ++view_id.sequence;
    // As it was decided when it was accepted, if the clock was right then.
    const Time accepted_at{std::chrono::floor<Millis>(std::chrono::microseconds(entry.command_id.sequence))};
    const Time then = std::clamp(accepted_at, now - policy.limits.replay_horizon, now);
    (void)apply(record, entry.change.copy(), view_context(id, view_id, false, policy, then));
  });
  return record;
}

}  // namespace cartd::outbox
