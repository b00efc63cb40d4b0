#include "outbox/retry.h"

namespace cartd {

CartQueue::Ending ending_of(const Result<Applied>& result, bool has_key, bool promised) {
  using Ending = CartQueue::Ending;
  if (result) {
    switch (result->outcome.effect) {
      case Effect::changed: return Ending::applied;
      case Effect::duplicate:
      case Effect::replayed: return Ending::found_there;
      case Effect::unchanged: return has_key ? Ending::applied : Ending::nothing_to_keep;
    }
  }
  switch (result.error().code) {
    case Errc::unavailable: return Ending::not_sent;
    case Errc::outcome_unknown: return Ending::outcome_unknown;
    case Errc::rolled_back: return Ending::rolled_back;
    // Room may be made, and then it takes effect.
    case Errc::store_full: return promised ? Ending::not_sent : Ending::refused;
    default: return Ending::refused;
  }
}

Verdict after(CartQueue::Ending ending, bool possibly_done, Deadline::clock::time_point now, Deadline deadline) {
  const bool open = ending == CartQueue::Ending::not_sent || ending == CartQueue::Ending::outcome_unknown;
  if (!open) return Verdict::next;
  if (ending == CartQueue::Ending::not_sent && !possibly_done) return Verdict::give_up;
  return now < deadline ? Verdict::again : Verdict::give_up;
}

}  // namespace cartd
