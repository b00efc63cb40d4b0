// What a Redis server answered: a tree of values, as RESP2 has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::redis {

struct ReplyData;

/// A look at one value of a reply. Valid as long as the Reply it came from, wherever that is moved.
class ReplyView {
 public:
  enum class Type : std::uint8_t { nil, integer, string, status, error, array };

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
  friend class Reply;
  ReplyView(const ReplyData& data, std::size_t value) : data_(&data), value_(value) {}

  const ReplyData* data_;
  std::size_t value_;
};

/// One value of a reply. Sixteen bytes, as the shortest value has three on the wire.
struct ReplyValue {
  std::int64_t number = 0;  ///< The integer; where in the bytes the text begins; or which value is the array's first element.
  std::uint32_t size = 0;   ///< Of the text, in bytes, or of the array.
  ReplyView::Type type = ReplyView::Type::nil;
};

/// A reply as it is kept: the bytes as they came, and the values in them.
struct ReplyData {
  std::string bytes{};
  std::vector<ReplyValue> values{};  ///< The elements of an array stand beside each other; what the reply is comes last.
};

/// Owns one reply. Movable.
class Reply {
 public:
  /// `data` holds one value at least.
  explicit Reply(ReplyData data) : data_(std::make_unique<const ReplyData>(std::move(data))) {}

  ReplyView view() const { return {*data_, data_->values.size() - 1}; }

 private:
  std::unique_ptr<const ReplyData> data_;
};

}  // namespace cartd::redis
