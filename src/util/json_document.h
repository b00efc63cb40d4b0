// A JSON text (RFC 8259) as a tree that loses nothing: members keep their order, numbers their spelling. Boost.JSON's
// own tree does neither, and keeps the last of duplicate members silently; this one refuses them.
//
// A document is not changed after parse() and may then be read from any thread.
#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::util {

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

struct JsonNode {
  JsonKind kind;
  std::uint32_t end = 0;    ///< The index after this value and all that is inside it.
  std::string_view key{};   ///< Of a member of an object.
  std::string_view text{};  ///< Of a string, unescaped; of a number or boolean, as written.
};

/// Of a usual body without a block of memory of its own.
using JsonNodes = boost::container::small_vector<JsonNode, 8>;

/// One value of a document. Valid as long as the document it came from.
class JsonValue {
 public:
  /// Goes from element to element, or from member to member.
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = JsonValue;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = JsonValue;

    Iterator(const JsonNodes* nodes, std::uint32_t index) : nodes_(nodes), index_(index) {}
    JsonValue operator*() const { return {nodes_, index_}; }
    Iterator& operator++() {
      index_ = (*nodes_)[index_].end;
      return *this;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const JsonNodes* nodes_;
    std::uint32_t index_;
  };

  JsonValue(const JsonNodes* nodes, std::uint32_t index) : nodes_(nodes), index_(index) {}

  JsonKind kind() const { return node().kind; }
  bool is(JsonKind kind) const { return node().kind == kind; }
  /// The member's name; empty for an element of an array and for the root.
  std::string_view key() const { return node().key; }
  /// The text of a string, unescaped; of a number or boolean, as written.
  std::string_view text() const { return node().text; }
  /// A number that is written as an integer and fits; nothing for 1.0, 1e2 and whatever is no number.
  std::optional<std::int64_t> integer() const;

  /// The elements of an array, the members of an object; nothing in other values.
  Iterator begin() const { return {nodes_, index_ + 1}; }
  Iterator end() const { return {nodes_, node().end}; }
  bool empty() const { return node().end == index_ + 1; }

 private:
  const JsonNode& node() const { return (*nodes_)[index_]; }

  const JsonNodes* nodes_;
  std::uint32_t index_;
};

class JsonDocument {
 public:
  static constexpr std::size_t max_depth = 16;

  /// A sentence that says why, when `text` is not exactly one JSON value in UTF-8, holds duplicate members or nests
  /// deeper than `depth`. `text` must outlive the document, which points into it.
  static boost::system::result<JsonDocument, std::string> parse(std::string_view text, std::size_t depth = max_depth);

  JsonValue root() const { return {&nodes_, 0}; }

 private:
  class Builder;
  JsonDocument() = default;

  JsonNodes nodes_;              // in the order of the text, a parent before its children
  std::vector<char> unescaped_;  // strings that had escapes; never grows after its first reserve
};

/// Whether `text` is a JSON object, as metadata has to be.
bool is_json_object(std::string_view text);

/// Appends `value` as compact JSON: no blanks, numbers as they were written, strings escaped no more than needed.
void append_json(std::string& out, JsonValue value);

}  // namespace cartd::util
