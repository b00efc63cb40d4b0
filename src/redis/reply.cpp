#include "redis/reply.h"

#include <hiredis/hiredis.h>

#include <cassert>

namespace cartd::redis {

ReplyView::Type ReplyView::type() const {
  switch (reply_->type) {
    case REDIS_REPLY_NIL: return Type::nil;
    case REDIS_REPLY_INTEGER: return Type::integer;
    case REDIS_REPLY_STRING: return Type::string;
    case REDIS_REPLY_STATUS: return Type::status;
    case REDIS_REPLY_ARRAY: return Type::array;
    // Types that only RESP3 has, and newer versions of hiredis read, count as errors: we never ask for RESP3.
    default: return Type::error;
  }
}

std::string_view ReplyView::text() const {
  switch (reply_->type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR: return {reply_->str, reply_->len};
    default: return {};
  }
}

std::int64_t ReplyView::integer() const { return reply_->type == REDIS_REPLY_INTEGER ? reply_->integer : 0; }

std::size_t ReplyView::size() const { return reply_->type == REDIS_REPLY_ARRAY ? reply_->elements : 0; }

ReplyView ReplyView::operator[](std::size_t index) const {
  assert(index < size());
  return ReplyView(reply_->element[index]);
}

void Reply::Free::operator()(redisReply* reply) const { freeReplyObject(reply); }

}  // namespace cartd::redis
