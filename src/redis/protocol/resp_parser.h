// From the bytes that a server sends to the parts of replies, one at a time (RESP2 and RESP3, Redis serialization
// protocol specification). Keeps none of the bytes and builds nothing: for a whole reply use ReplyReader.
#pragma once

#include "redis/protocol/reply.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cartd::redis {

enum class RespVersion { resp2, resp3 };

/// A value, or the beginning of one whose elements follow.
struct RespToken {
  ReplyType type = ReplyType::nil;
  bool is_attribute =
      false;  ///< Its elements are no part of the reply, but are said of the value that comes next (RESP3).
  std::int64_t number = 0;   ///< Of an integer; 0 or 1 for a boolean.
  std::size_t elements = 0;  ///< So many values follow and belong to it; keys and values of a map count one each.
  std::string_view text{};   ///< Of other values; in the bytes that were given.
};

class RespParser {
 public:
  /// A line, such as a status or an error, has at most so many bytes.
  static constexpr std::size_t max_line_bytes = std::size_t{64} << 10;
  /// No more elements are taken of one value.
  static constexpr std::size_t max_elements = std::size_t{1} << 20;

  enum class Status {
    token,
    more_bytes,  ///< Call again, when there are more.
    broken,      ///< The bytes make no sense, or announce too much: see error(). Nothing more is to be had.
  };

  explicit RespParser(RespVersion version) : version_(version) {}

  /// The next token of `bytes`, which begin where taken() of the last call ended, whatever that call came to. A string
  /// that ends behind the first `room` of them is refused as soon as it is announced.
  Status next(std::string_view bytes, std::size_t room, RespToken& token);
  /// How many bytes of the front are done with.
  std::size_t taken() const { return taken_; }
  const char* error() const { return error_; }

 private:
  /// A string whose announcement was taken.
  struct Announced {
    ReplyType type;
    bool has_format;  ///< Three bytes and a colon come first.
    std::size_t size;
  };

  Status read_line(char type, std::string_view line, RespToken& token);
  Status read_string(std::string_view bytes, std::size_t room, RespToken& token);
  Status announce_string(char type, std::string_view line);
  Status announce_elements(char type, std::string_view line, RespToken& token);
  bool knows(char type) const;
  Status refuse(const char* why);
  const char* not_resp() const;

  RespVersion version_;
  std::optional<Announced> string_{};
  std::size_t searched_ = 0;  ///< So many bytes of the front hold no end of a line.
  std::size_t taken_ = 0;
  const char* error_ = nullptr;
};

}  // namespace cartd::redis
