// What a Redis server answered: a tree of values, as RESP2 has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

struct redisReply;

namespace cartd::redis {

/// A look at one value of a reply. Valid as long as the Reply it came from.
class ReplyView {
 public:
  enum class Type { nil, integer, string, status, error, array };

  explicit ReplyView(const redisReply* reply) : reply_(reply) {}

  Type type() const;
  bool is_error() const { return type() == Type::error; }
  bool is_nil() const { return type() == Type::nil; }
  /// The bytes of a string, status or error; empty for other types.
  std::string_view text() const;
  /// The value of an integer; 0 for other types.
  std::int64_t integer() const;
  /// The number of elements of an array; 0 for other types.
  std::size_t size() const;
  /// The element at `index` < size().
  ReplyView operator[](std::size_t index) const;

 private:
  const redisReply* reply_;
};

/// Owns one reply. Movable.
class Reply {
 public:
  /// Takes over `reply`, as hiredis made it; never null.
  explicit Reply(redisReply* reply) : reply_(reply) {}

  ReplyView view() const { return ReplyView(reply_.get()); }

 private:
  struct Free {
    void operator()(redisReply* reply) const;
  };
  std::unique_ptr<redisReply, Free> reply_;
};

}  // namespace cartd::redis
