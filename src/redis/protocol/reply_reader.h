// From the bytes that a server sends to replies (RESP2, Redis serialization protocol specification). Does no I/O. Whatever the
// bytes are, they make replies or one error; memory and time are in proportion to the bytes that have come, never to what they
// announce.
#pragma once

#include "redis/protocol/reply.h"

#include <boost/system/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::redis {

class ReplyReader {
 public:
  /// No reply may be larger: the connection would be a way to fill the memory.
  static constexpr std::size_t max_reply_bytes = std::size_t{64} << 20;
  /// A status or an error is one line of at most so many bytes.
  static constexpr std::size_t max_line_bytes = std::size_t{64} << 10;
  /// So many values in one reply, arrays counted too.
  static constexpr std::size_t max_values = std::size_t{1} << 20;
  /// So many arrays within each other. No command of Redis comes near it; what reads replies may recurse.
  static constexpr std::size_t max_depth = 7;

  /// `most_bytes`: of one reply, at most max_reply_bytes.
  explicit ReplyReader(std::size_t most_bytes = max_reply_bytes) : most_bytes_(most_bytes) {}

  /// For the replies that begin from now on.
  void allow(std::size_t most_bytes) { most_bytes_ = most_bytes; }

  /// Takes in what was received.
  void feed(std::string_view bytes);

  /// The next whole reply, none when more bytes are needed, or why the bytes make no sense. After an error there is
  /// nothing to be had from this reader.
  boost::system::result<std::optional<Reply>, std::string> next();

 private:
  /// An array that has begun.
  struct Open {
    std::size_t missing;  ///< Elements.
    std::size_t first;    ///< Of its elements in pending_.
    std::size_t size;
  };
  enum class Step { value, more_bytes, broken };

  Step read_value();
  Step read_text(ReplyView::Type type, std::string_view line, std::size_t begin);
  Step read_bulk(std::string_view line);
  Step read_array(std::string_view line);
  Step add(ReplyValue value);
  Step refuse(const char* why);
  std::optional<std::string_view> take_line(std::size_t longest);
  Reply take_reply();

  std::size_t most_bytes_;
  std::string bytes_{};
  std::size_t begin_ = 0;              ///< Of the reply in bytes_.
  std::size_t at_ = 0;                 ///< What is before it has been read.
  std::size_t searched_ = 0;           ///< What is before it holds no end of the line that begins at at_.
  std::optional<std::size_t> bulk_{};  ///< The size of the string whose bytes are awaited.
  std::vector<Open> open_{};
  std::vector<ReplyValue> pending_{};  ///< Whole values whose array is not whole.
  std::vector<ReplyValue> done_{};     ///< The elements of whole arrays; at the end the reply itself.
  std::size_t announced_ = 0;          ///< Values, in the reply.
  const char* error_ = nullptr;
};

}  // namespace cartd::redis
