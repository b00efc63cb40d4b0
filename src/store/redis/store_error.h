// What Redis' failures mean to the callers of a store. Pure, but for a line in the log.
#pragma once

#include "domain/error.h"
#include "redis/link.h"
#include "redis/reply.h"

namespace cartd {

/// Why there is no reply.
Error error_of(const redis::Failure& failure);

/// `reply` is an error reply. All of these say that nothing was done.
Error error_of(redis::ReplyView reply);

/// The reply is not of the shape that was asked for.
Error unexpected_reply();

}  // namespace cartd
