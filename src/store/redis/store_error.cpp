#include "store/redis/store_error.h"

#include "redis/protocol/redirect.h"

#include <string>

namespace cartd {

Error error_of(const redis::Failure& failure) {
  if (failure.kind == redis::Failure::Kind::not_sent)
    return Error{Errc::unavailable, "the store is unreachable; nothing was done"};
  return Error{Errc::outcome_unknown, "the store did not answer; the change may have been applied"};
}

Error error_of(redis::ReplyView reply) {
  const std::string_view text = reply.text();
  switch (redis::redirect(text).step) {
    case redis::NextStep::load_script:
    case redis::NextStep::try_again:
    case redis::NextStep::retry_later: return Error{Errc::unavailable, "the store is not ready; nothing was done"};
    case redis::NextStep::find_primary:
      return Error{Errc::unavailable, "the store is a replica and takes no changes; nothing was done"};
    case redis::NextStep::out_of_memory:
      return Error{Errc::store_full, "the store is out of memory; nothing was changed"};
    case redis::NextStep::wrong_type:
      return Error{Errc::corrupt, "the key of this id is not a hash; another program wrote it"};
    case redis::NextStep::follow_moved:
    case redis::NextStep::follow_ask: return Error{Errc::unavailable, "the store is moving slots; nothing was done"};
    case redis::NextStep::denied:
      return Error{Errc::unavailable, "the store does not permit a command; nothing was done"};
    case redis::NextStep::unknown: break;
  }
  const std::string code = redis::error_code(text);
  if (text.ends_with(nothing_done_mark))
    return Error{Errc::unavailable, "the store refused a command (" + code + "); nothing was done"};
  return Error{Errc::outcome_unknown, "the store answered an error (" + code + "); the change may have been applied"};
}

Error read_error_of(redis::ReplyView reply) {
  Error error = error_of(reply);
  if (error.code == Errc::outcome_unknown)
    error = {Errc::unavailable, "the store answered an error (" + redis::error_code(reply.text()) + ")"};
  return error;
}

Error unexpected_reply() { return Error{Errc::corrupt, "the store's answer is invalid"}; }

}  // namespace cartd
