// Maps Redis' failures to errors of a store. Pure.
#pragma once

#include "domain/error.h"
#include "redis/connection/failure.h"
#include "redis/protocol/reply.h"

#include <string_view>

namespace cartd {

/// Why there is no reply.
Error error_of(const redis::Failure& failure);

/// The text that our scripts add to the error of a command that was refused before anything was written. The command's
/// name stands before it.
constexpr std::string_view nothing_done_mark = " was refused; nothing was done]";

/// `reply` is an error reply to a change. Errc::corrupt only where it speaks of the data; every other error is the
/// state of the server or of a proxy before it: Errc::unavailable or Errc::store_full where surely nothing was done,
/// else Errc::outcome_unknown.
Error error_of(redis::ReplyView reply);

/// The same of a read, which surely did nothing.
Error read_error_of(redis::ReplyView reply);

/// The reply is not of the shape that was asked for.
Error unexpected_reply();

}  // namespace cartd
