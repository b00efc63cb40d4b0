#include "store/redis/store_error.h"

#include "redis/redirect.h"
#include "runtime/log.h"

#include <string>

namespace cartd {

Error error_of(const redis::Failure& failure) {
  if (failure.kind == redis::Failure::Kind::not_sent) return Error{Errc::unavailable, "the store cannot be reached; nothing was done"};
  return Error{Errc::outcome_unknown, "the store did not answer; the change may have been made"};
}

Error error_of(redis::ReplyView reply) {
  const std::string text(reply.text());
  switch (redis::redirect(text).step) {
    case redis::NextStep::load_script:
    case redis::NextStep::try_again:
    case redis::NextStep::retry_later: return Error{Errc::unavailable, "the store is not ready; nothing was done"};
    case redis::NextStep::find_primary: return Error{Errc::unavailable, "the store is a replica and takes no changes; nothing was done"};
    case redis::NextStep::out_of_memory: return Error{Errc::store_full, "the store is out of memory; nothing was changed"};
    case redis::NextStep::wrong_type:
      return Error{Errc::corrupt, "what the store holds under this id was written by something else and is not a hash"};
    case redis::NextStep::follow_moved:
    case redis::NextStep::follow_ask: return Error{Errc::unavailable, "the store is being rearranged; nothing was done"};
    case redis::NextStep::denied:
      log(LogLevel::error, "Redis denied a command: check user, password and ACL (cartctl doctor)", {{"reply", text}});
      return Error{Errc::unavailable, "the store denies access; nothing was done"};
    case redis::NextStep::fail: break;
  }
  log(LogLevel::error, "Redis refused a command", {{"reply", text}});
  return Error{Errc::corrupt, "the store refused the command"};
}

Error unexpected_reply() { return Error{Errc::corrupt, "the store's answer cannot be understood"}; }

}  // namespace cartd
