// A Redis server's reply: a tree of values (RESP2 and RESP3, Redis serialization protocol specification).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace cartd::redis {

enum class ReplyType : std::uint8_t {
  nil,
  integer,
  string,
  status,
  error,
  array,
  // RESP3 alone has these.
  boolean,
  real,
  big_number,  ///< A whole number of any size, as text.
  map,         ///< Its elements are key, value, key, value …
  set,
  push,  ///< Sent without a question.
};

/// One value of a reply, as it is kept. Sixteen bytes, as the shortest value has three on the wire.
struct ReplyValue {
  std::int64_t number =
      0;  ///< The integer or boolean; where in the bytes the text begins; or which value is the first element.
  std::uint32_t size = 0;  ///< Of the text, in bytes, or of an array, map, set or push.
  ReplyType type = ReplyType::nil;
};

/// The values of a reply and the bytes that their texts lie in. The elements of a value stand beside each other; the
/// reply itself comes last.
struct ReplyData {
  std::span<ReplyValue> values;
  std::string_view bytes;
};

/// A look at one value of a reply. Valid as long as the Reply it came from, wherever that is moved.
class ReplyView {
 public:
  using Type = ReplyType;

  Type type() const { return value().type; }
  bool is_error() const { return type() == Type::error; }
  bool is_nil() const { return type() == Type::nil; }
  /// The bytes of a string, status, error, real or big number; empty for other types.
  std::string_view text() const;
  /// The value of an integer; 0 for other types.
  std::int64_t integer() const;
  /// The value of a boolean; false for other types.
  bool boolean() const;
  /// The value of a real, which may be infinite or no number; 0 for other types.
  double real() const;
  /// The number of elements of an array, map (keys and values), set or push; 0 for other types.
  std::size_t size() const;
  /// The element at `index` < size().
  ReplyView operator[](std::size_t index) const;

 private:
  friend class Reply;
  ReplyView(const ReplyData& data, std::size_t value) : data_(&data), value_(value) {}
  const ReplyValue& value() const { return data_->values[value_]; }

  const ReplyData* data_;
  std::size_t value_;
};

/// Owns one reply, in one block of memory. Movable.
class Reply {
 public:
  /// Copies both; there is one value at least.
  Reply(std::span<const ReplyValue> values, std::string_view bytes);

  ReplyView view() const { return {*data_, data_->values.size() - 1}; }

  /// One element of the array that it is.
  Reply element(std::size_t index) &&;
  /// The array of these elements, whose indices rise, of the array that it is.
  Reply elements(std::span<const std::size_t> indices) &&;

 private:
  struct Free {
    void operator()(ReplyData* data) const;
  };
  std::unique_ptr<ReplyData, Free> data_;
};

}  // namespace cartd::redis
