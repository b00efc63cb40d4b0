// What the end of an attempt at the store means. Pure: it decides, the outbox acts.
#pragma once

#include "domain/error.h"
#include "outbox/cart_queue.h"
#include "store/cart_store.h"

#include <chrono>

namespace cartd {

/// How an attempt with this result ended. `has_key`: the change carries an idempotency key, which leaves a trace even
/// where nothing changed. `promised`: it was accepted before, so that it is not over before it took effect.
CartQueue::Ending ending_of(const Result<Applied>& result, bool has_key, bool promised);

enum class Verdict {
  next,     ///< This one is over, or others have to go first: send what is next.
  again,    ///< Send it again soon, with the same stamp.
  give_up,  ///< The store is away, or the time is over.
};

/// What follows for a change that has until `deadline`. `possibly_done`: this or an earlier attempt may have been done. What
/// was surely never sent is not repeated: its caller hears at once that the store is away.
Verdict after(CartQueue::Ending ending, bool possibly_done, Deadline::clock::time_point now, Deadline deadline);

}  // namespace cartd
