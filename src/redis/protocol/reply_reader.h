// From the bytes that a server sends to whole replies. Does no I/O. Whatever the bytes are, they make replies or one
// error; memory and time are in proportion to the bytes that have come, never to what they announce.
#pragma once

#include "redis/protocol/reply.h"
#include "redis/protocol/resp_parser.h"

#include <boost/system/result.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::redis {

class ReplyReader {
 public:
  /// No reply may be larger: the connection would be a way to fill the memory.
  static constexpr std::size_t max_reply_bytes = std::size_t{64} << 20;
  static constexpr std::size_t max_line_bytes = RespParser::max_line_bytes;
  /// So many values in one reply, arrays counted too.
  static constexpr std::size_t max_values = RespParser::max_elements;
  /// So many arrays within each other. No command of Redis comes near it; what reads replies may recurse.
  static constexpr std::size_t max_depth = 7;

  /// `most_bytes`: of one reply, or of several that are read together, at most max_reply_bytes.
  explicit ReplyReader(std::size_t most_bytes = max_reply_bytes, RespVersion version = RespVersion::resp2)
      : most_bytes_(most_bytes), parser_(version) {}

  /// For the replies that begin from now on.
  void allow(std::size_t most_bytes) { most_bytes_ = most_bytes; }

  /// Room for what is received next, some kilobytes at least; valid until any other call.
  std::span<char> prepare();
  /// So many bytes of it were received.
  void commit(std::size_t bytes) { end_ += bytes; }
  /// Takes in what was received elsewhere.
  void feed(std::string_view bytes);

  /// Whether every byte that was taken in has been given back in a reply.
  bool empty() const { return begin_ == end_; }

  /// The next whole reply, none when more bytes are needed, or why the bytes make no sense. After an error there is
  /// nothing to be had from this reader. With `replies` above 1: an array of that many replies, once all of them are
  /// there. Say the same number until they are. What a RESP3 server sends without a question is a reply of its own, of
  /// type push, wherever it comes.
  boost::system::result<std::optional<Reply>, std::string> next(std::size_t replies = 1);

 private:
  /// A value whose elements are being read.
  struct Open {
    ReplyType type;
    std::size_t missing;  ///< Elements.
    std::size_t first;    ///< Of its elements in pending.
    std::size_t size;
  };
  /// A reply that is being read.
  struct Tree {
    std::vector<Open> open{};
    std::vector<ReplyValue> pending{};  ///< Whole values whose array is not whole.
    std::vector<ReplyValue> done{};     ///< The elements of whole arrays.
    std::size_t announced = 0;          ///< Values.
    std::size_t from = 0;               ///< Where its bytes begin, behind begin_.

    bool is_whole() const { return open.empty() && !pending.empty(); }
    void begin(ReplyType type, std::size_t elements);
    void add(ReplyValue value);
    void clear();
  };

  /// `start`: where the token's bytes begin in buffer_. Null, or why it cannot be.
  const char* add(const RespToken& token, std::size_t start);
  const char* begin_push(std::size_t start);
  Reply take_reply();
  std::string refuse(const char* why);
  std::string_view unread() const { return {buffer_.get() + at_, end_ - at_}; }

  std::size_t most_bytes_;
  RespParser parser_;
  std::unique_ptr<char[]> buffer_{};
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;  ///< Of the reply in buffer_.
  std::size_t at_ = 0;     ///< Bytes before it have been parsed.
  std::size_t end_ = 0;    ///< Bytes before it have been received.

  Tree reply_{};
  Tree push_{};
  bool in_push_ = false;
  bool together_ = false;    ///< The outermost array of reply_ is that of several replies.
  std::size_t to_skip_ = 0;  ///< Values of attributes.
  const char* error_ = nullptr;
};

}  // namespace cartd::redis
