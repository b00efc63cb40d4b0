#include "redis/reply_reader.h"

#include <hiredis/hiredis.h>

#include <new>

namespace cartd::redis {
namespace {

// hiredis' own object functions, which it does not export except through a reader.
const redisReplyObjectFunctions& hiredis_functions() {
  static const redisReplyObjectFunctions functions = [] {
    redisReader* reader = redisReaderCreate();
    if (reader == nullptr) throw std::bad_alloc();
    const redisReplyObjectFunctions own = *reader->fn;
    redisReaderFree(reader);
    return own;
  }();
  return functions;
}

// `Count` is int up to hiredis 0.14 and size_t from 1.0 on.
template <class Count>
void* create_array(const redisReadTask* task, Count count) {
  if (static_cast<std::size_t>(count) > ReplyReader::max_elements) return nullptr;
  return hiredis_functions().createArray(task, count);
}

redisReplyObjectFunctions& bounded_functions() {
  static redisReplyObjectFunctions functions = [] {
    redisReplyObjectFunctions bounded = hiredis_functions();
    bounded.createArray = create_array;
    return bounded;
  }();
  return functions;
}

}  // namespace

void ReplyReader::Free::operator()(redisReader* reader) const { redisReaderFree(reader); }

ReplyReader::ReplyReader() : reader_(redisReaderCreate()) {
  if (!reader_) throw std::bad_alloc();
  reader_->fn = &bounded_functions();
}

void ReplyReader::feed(std::string_view bytes) {
  // A failure shows in next(): the reader remembers it.
  redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
  fed_since_reply_ += bytes.size();
}

boost::system::result<std::optional<Reply>, std::string> ReplyReader::next() {
  void* reply = nullptr;
  if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) {
    return std::string(reader_->err == REDIS_ERR_OOM ? "the server announced a reply that is too large"
                                                     : "the server sent something that is not RESP2");
  }
  if (reply != nullptr) {
    fed_since_reply_ = reader_->len - reader_->pos;
    return std::optional<Reply>(Reply(static_cast<redisReply*>(reply)));
  }
  if (fed_since_reply_ > max_reply_bytes) return std::string("the server sent a reply that is too large");
  return std::optional<Reply>();
}

}  // namespace cartd::redis
