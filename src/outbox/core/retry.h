// Decides what follows from the end of an attempt at the store. Pure: it decides, the outbox acts.
#pragma once

#include "domain/error.h"
#include "outbox/core/cart_queue.h"
#include "store/execute.h"

#include <chrono>
#include <string>

namespace cartd {

/// Whether a change that found nothing to change is kept like any other. One with an idempotency key is, because its
/// key has to stay. Metadata and owner are, because they replace what is there: should a failover lose what another
/// process had set, it comes again behind what this process set before, and this has to come behind both. A step of a
/// transfer, and the completion of a checkout, are: an attempt whose answer was lost may have done it, and nobody would
/// send that one again.
bool is_kept_without_effect(const Change& change);

/// How an attempt with this result ended. `is_kept`: the change is kept even where nothing changed, if it left its
/// applied sequence. `acknowledged`: it was accepted before, so that it is not over before it took effect.
CartQueue::Ending ending_of(const Result<CommandAnswer>& result, bool is_kept, bool acknowledged);

enum class Verdict {
  next,     ///< This one is over, or others have to go first: send what is next.
  again,    ///< Send it again soon, with the same command id.
  give_up,  ///< The store is away, or the time is over.
};

/// What follows for a change that has until `deadline`. `possibly_done`: this or an earlier attempt may have been done.
/// A change that was certainly never sent is not repeated: its caller hears at once that the store is down.
Verdict after(CartQueue::Ending ending, bool possibly_done, Deadline::clock::time_point now, Deadline deadline);

/// How long to wait after `failures` (1 and up) failed attempts in a row at one cart while a request waits for it: 5
/// ms, doubled with each, up to 320 ms.
std::chrono::milliseconds pause_after(unsigned failures);
/// The same where no request waits: 50 ms, doubled with each, up to 2 s.
std::chrono::milliseconds rest_after(unsigned failures);

/// When a change that was acknowledged is given up as a dead letter because of what the store says of its cart's data:
/// no attempt can cure that, but a single answer is not believed.
class HopelessAttempts {
 public:
  static constexpr unsigned least_attempts = 5;
  static constexpr std::chrono::seconds least_time{5};

  /// One more attempt at `change` was answered so. Attempts at another change begin anew.
  void add(CommandId change, Deadline::clock::time_point now);
  bool enough(Deadline::clock::time_point now) const { return count_ >= least_attempts && now - since_ >= least_time; }
  /// "7 attempts in 6 s".
  std::string text(Deadline::clock::time_point now) const;

 private:
  CommandId change_{};
  unsigned count_ = 0;
  Deadline::clock::time_point since_{};
};

}  // namespace cartd
