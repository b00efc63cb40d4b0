// What a command came to.
#pragma once

#include "redis/protocol/reply.h"
#include "redis/replication/place.h"

namespace cartd::redis {

struct Answer {
  Reply reply;  ///< May be an error reply.
  Place place;
};

}  // namespace cartd::redis
