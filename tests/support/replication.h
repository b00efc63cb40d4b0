// How far a server is with what servers pass on to each other.
#pragma once

#include "support/redis_server.h"

namespace cartd::test {

/// True when `replica` has all that `primary`, which it follows, has when asked.
bool caught_up(const RedisServer& replica, const RedisServer& primary);

}  // namespace cartd::test
