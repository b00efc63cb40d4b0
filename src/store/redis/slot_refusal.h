// Whether a server refused a command because it does not have the cart, or not all of it. Pure.
#pragma once

#include "redis/protocol/redirect.h"
#include "redis/protocol/reply.h"

namespace cartd {

/// `reply` says so: nothing was done. The client repeats a command that is refused so by itself, but not where others
/// of the same pipeline were executed.
inline bool is_refused_for_slot(redis::ReplyView reply) {
  if (!reply.is_error()) return false;
  switch (redis::redirect(reply.text()).step) {
    case redis::NextStep::follow_moved:
    case redis::NextStep::follow_ask:
    case redis::NextStep::try_again: return true;
    default: return false;
  }
}

}  // namespace cartd
