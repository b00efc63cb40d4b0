// A server that lost its disk.
#pragma once

#include "support/redis_server.h"

namespace cartd::test {

/// Deletes the data of a server that does not run. What it knows of its deployment stays.
void wipe(const RedisServer& server);

}  // namespace cartd::test
