// Decides what the client does after a reply. Pure.
#pragma once

#include "redis/protocol/redirect.h"
#include "redis/protocol/reply.h"
#include "redis/protocol/request.h"

#include <optional>

namespace cartd::redis {

/// Where `request` has to go again, as a whole, or nothing: then the reply is the caller's. Only MOVED, ASK, TRYAGAIN
/// and READONLY ask for that, and only while surely none of the commands was executed: each was refused, or the
/// transaction that they are. A request that only reads goes again when some of its commands were executed, too. Where
/// not all commands were sent to the same other server by ASK, the step is NextStep::try_again: their keys lie on two
/// servers.
std::optional<Redirect> next_step(const Request& request, ReplyView reply);

}  // namespace cartd::redis
