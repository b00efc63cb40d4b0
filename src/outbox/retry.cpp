#include "outbox/retry.h"

namespace cartd {

Attempt attempt_of(Errc code) {
  switch (code) {
    case Errc::unavailable: return Attempt::not_sent;
    case Errc::outcome_unknown: return Attempt::outcome_unknown;
    default: return Attempt::answered;
  }
}

Verdict after(Attempt attempt, bool possibly_done, Deadline::clock::time_point now, Deadline deadline) {
  if (attempt == Attempt::answered) return Verdict::answer;
  if (attempt == Attempt::not_sent && !possibly_done) return Verdict::answer;
  return now < deadline ? Verdict::again : Verdict::outcome_unknown;
}

}  // namespace cartd
