// Whether an unanswered command is sent again. Pure: it decides, the outbox acts.
#pragma once

#include "domain/error.h"
#include "store/cart_store.h"

#include <chrono>

namespace cartd {

/// How one attempt at the store ended.
enum class Attempt {
  answered,         ///< With an answer or a refusal: it is final.
  not_sent,         ///< Surely nothing was done.
  outcome_unknown,  ///< It may have been done.
};

enum class Verdict {
  answer,           ///< Hand the attempt's result on.
  again,            ///< Send again, with the same stamp.
  outcome_unknown,  ///< Give up: an earlier attempt may have been done.
};

/// `possibly_done`: an earlier attempt of the same command ended in outcome_unknown. A command that was surely never
/// sent is not repeated: its caller hears at once that the store is away.
Verdict after(Attempt attempt, bool possibly_done, Deadline::clock::time_point now, Deadline deadline);

/// How an attempt with this error ended.
Attempt attempt_of(Errc code);

}  // namespace cartd
