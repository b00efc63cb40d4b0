// A cart while the store is away: as this process saw it last, with what was acknowledged since on top. Pure.
#pragma once

#include "domain/decide.h"
#include "domain/limits.h"
#include "domain/record.h"
#include "outbox/core/cart_queue.h"
#include "store/cart_store.h"

#include <optional>

namespace cartd::outbox {

/// The state that a command of the cart is decided on without the store.
ApplyContext view_context(const CartId& id, CommandId command_id, bool enforce_preconditions, const Policy& policy,
                          Time now);

/// `known`: what the store was seen to have; it may hold some of the changes in `queue` already.
CartRecord view_of(const CartId& id, const std::optional<Loaded>& known, const CartQueue& queue, const Policy& policy,
                   Time now);

/// The store was seen to have done the change, under its idempotency key; it may lose it yet.
bool is_seen_under_its_key(const Change& change, const std::optional<Loaded>& known);

}  // namespace cartd::outbox
