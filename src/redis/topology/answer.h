// The result of a command.
#pragma once

#include "redis/protocol/reply.h"
#include "redis/replication/write_position.h"

namespace cartd::redis {

struct Answer {
  Reply reply;  ///< May be an error reply.
  WritePosition position;
};

}  // namespace cartd::redis
