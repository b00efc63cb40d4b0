#include "util/json_document.h"

#include "util/decimal.h"
#include "util/json_string.h"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

namespace cartd::util {
namespace {

bool has_duplicates(JsonValue object) {
  constexpr std::ptrdiff_t few = 12;  // up to here comparing all pairs is cheaper than sorting
  if (std::distance(object.begin(), object.end()) <= few) {
    for (auto a = object.begin(); a != object.end(); ++a)
      for (auto b = std::next(a); b != object.end(); ++b)
        if ((*a).key() == (*b).key()) return true;
    return false;
  }
  std::vector<std::string_view> keys;
  for (const JsonValue member : object) keys.push_back(member.key());
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

// Some releases of the parser refuse an exponent that no int holds, others take it for infinity; carts are the same
// everywhere.
bool has_fitting_exponent(std::string_view number) {
  constexpr std::size_t most_digits = 9;
  const std::size_t exponent = number.find_first_of("eE");
  if (exponent == std::string_view::npos) return true;
  const std::size_t digits = number.find_first_not_of("+-0", exponent + 1);
  return digits == std::string_view::npos || number.size() - digits <= most_digits;
}

}  // namespace

/// Takes the parser's events and lays down the nodes.
class JsonDocument::Builder {
 public:
  using Text = boost::json::string_view;
  using Code = boost::system::error_code;

  // The caller bounds the text as a whole.
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();

  explicit Builder(std::string_view input) : input_(input) {}

  JsonDocument take() { return std::move(document_); }
  bool met_duplicates() const { return met_duplicates_; }

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_array_begin(Code&) { return open(JsonKind::array); }
  bool on_array_end(std::size_t, Code&) {
    close();
    return true;
  }
  bool on_object_begin(Code&) { return open(JsonKind::object); }
  bool on_object_end(std::size_t, Code& code) {
    const std::uint32_t object = close();
    met_duplicates_ = has_duplicates(JsonValue(&document_.nodes_, object));
    if (met_duplicates_) code = boost::json::error::syntax;
    return !met_duplicates_;
  }

  bool on_key_part(Text part, std::size_t, Code&) { return gather(part); }
  bool on_key(Text rest, std::size_t size, Code&) {
    key_ = whole(rest, size);
    return true;
  }
  bool on_string_part(Text part, std::size_t, Code&) { return gather(part); }
  bool on_string(Text rest, std::size_t size, Code&) { return leaf(JsonKind::string, whole(rest, size)); }

  // The input comes in one piece, so a number does, too, and parts are only seen of numbers that are cut off.
  bool on_number_part(Text, Code&) { return true; }
  bool on_int64(std::int64_t, Text text, Code&) { return leaf(JsonKind::number, view(text)); }
  bool on_uint64(std::uint64_t, Text text, Code&) { return leaf(JsonKind::number, view(text)); }
  bool on_double(double, Text text, Code& code) {
    if (!has_fitting_exponent(view(text))) code = boost::json::error::exponent_overflow;
    return !code && leaf(JsonKind::number, view(text));
  }
  bool on_bool(bool value, Code&) { return leaf(JsonKind::boolean, value ? "true" : "false"); }
  bool on_null(Code&) { return leaf(JsonKind::null, "null"); }
  bool on_comment_part(Text, Code&) { return true; }
  bool on_comment(Text, Code&) { return true; }

 private:
  static std::string_view view(Text text) { return {text.data(), text.size()}; }

  std::uint32_t count() const { return static_cast<std::uint32_t>(document_.nodes_.size()); }

  void append(JsonKind kind, std::string_view text) {
    document_.nodes_.push_back({kind, count() + 1, std::exchange(key_, {}), text});
  }
  bool leaf(JsonKind kind, std::string_view text) {
    append(kind, text);
    return true;
  }
  bool open(JsonKind kind) {
    open_.push_back(count());  // the parser bounds the depth
    append(kind, {});
    return true;
  }
  std::uint32_t close() {
    const std::uint32_t opened = open_.back();
    open_.pop_back();
    document_.nodes_[opened].end = count();
    return opened;
  }

  bool in_input(Text text) const {
    constexpr std::less_equal<const char*> not_after;
    return not_after(input_.data(), text.data()) && not_after(text.data() + text.size(), input_.data() + input_.size());
  }

  bool gather(Text part) {
    std::vector<char>& store = document_.unescaped_;
    if (store.capacity() == 0) store.reserve(input_.size());  // never exceeded: escapes only shrink
    store.insert(store.end(), part.begin(), part.end());
    return true;
  }

  /// The string of `size` bytes that ends with `rest`: where it stands in the input if it is all there, unescaped
  /// if not.
  std::string_view whole(Text rest, std::size_t size) {
    if (rest.size() == size && in_input(rest)) return view(rest);
    gather(rest);
    const std::vector<char>& store = document_.unescaped_;
    return {store.data() + (store.size() - size), size};
  }

  std::string_view input_;
  JsonDocument document_{};
  boost::container::small_vector<std::uint32_t, max_depth> open_{};  // the arrays and objects around the next value
  std::string_view key_{};                                           // of the next value
  bool met_duplicates_ = false;
};

boost::system::result<JsonDocument, std::string> JsonDocument::parse(std::string_view text, std::size_t depth) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max() - 1) return std::string("the JSON text is too long");
  boost::json::parse_options options;
  options.max_depth = depth;
  boost::json::basic_parser<Builder> parser(options, text);
  boost::system::error_code code;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), code);
  if (!code && read == text.size()) return parser.handler().take();

  using enum boost::json::error;
  if (parser.handler().met_duplicates()) return std::string("an object has a duplicate field");
  if (code == too_deep) return "the JSON text nests deeper than " + std::to_string(depth) + " levels";
  if (code == incomplete) return std::string(text.empty() ? "the JSON text is empty" : "the JSON text ends too early");
  if (code == exponent_overflow) return std::string("a number's exponent is out of range");
  return "not JSON in UTF-8: error at byte " + std::to_string(read);
}

std::optional<std::int64_t> JsonValue::integer() const {
  if (!is(JsonKind::number)) return std::nullopt;
  return parse_number<std::int64_t>(text());
}

bool is_json_object(std::string_view text) {
  const auto document = JsonDocument::parse(text);
  return document && document->root().is(JsonKind::object);
}

void append_json(std::string& out, JsonValue value) {
  const bool is_object = value.is(JsonKind::object);
  switch (value.kind()) {
    case JsonKind::null:
    case JsonKind::boolean:
    case JsonKind::number: out += value.text(); return;
    case JsonKind::string: append_json_string(out, value.text()); return;
    case JsonKind::array:
    case JsonKind::object: break;
  }
  out += is_object ? '{' : '[';
  bool first = true;
  for (const JsonValue child : value) {
    if (!std::exchange(first, false)) out += ',';
    if (is_object) {
      append_json_string(out, child.key());
      out += ':';
    }
    append_json(out, child);
  }
  out += is_object ? '}' : ']';
}

}  // namespace cartd::util
