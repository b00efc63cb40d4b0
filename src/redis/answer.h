// What a command came to.
#pragma once

#include "redis/place.h"
#include "redis/reply.h"

namespace cartd::redis {

struct Answer {
  Reply reply;  ///< May be an error reply.
  Place place;
};

}  // namespace cartd::redis
