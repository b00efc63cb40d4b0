// How a user stands in Redis: what its replies mean. Pure.
#pragma once

#include "domain/limits.h"
#include "domain/user.h"
#include "redis/protocol/reply.h"

namespace cartd {

/// HGETALL of a user's key. Errc::not_found where no field is there. Fields that are no text (a plain client's writing)
/// are passed over.
Result<UserFields> user_from(redis::ReplyView reply);

/// The answer of write_user.lua: the profile afterwards.
Result<UserFields> written_user_from(redis::ReplyView reply, const Limits& limits);

}  // namespace cartd
