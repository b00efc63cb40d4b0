// From the bytes that a server sends to replies: hiredis' parser, with bounds. Does no I/O. Whatever the bytes are, they
// make replies or one error, and no more memory is claimed than they justify.
#pragma once

#include "redis/reply.h"

#include <boost/system/result.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct redisReader;

namespace cartd::redis {

class ReplyReader {
 public:
  /// No reply may be larger: the connection would be a way to fill the memory.
  static constexpr std::size_t max_reply_bytes = std::size_t{64} << 20;
  /// No array may announce more elements: hiredis makes room for them before the first arrives.
  static constexpr std::size_t max_elements = std::size_t{1} << 20;

  ReplyReader();

  /// Takes in what was received.
  void feed(std::string_view bytes);

  /// The next whole reply, none when more bytes are needed, or why the bytes make no sense. After an error there is
  /// nothing to be had from this reader.
  boost::system::result<std::optional<Reply>, std::string> next();

 private:
  struct Free {
    void operator()(redisReader* reader) const;
  };
  std::unique_ptr<redisReader, Free> reader_;
  std::size_t fed_since_reply_ = 0;
};

}  // namespace cartd::redis
