#include "format/msgpack_json.h"

#include "format/msgpack_writer.h"
#include "util/decimal.h"
#include "util/json_document.h"
#include "util/json_string.h"
#include "util/utf8.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

namespace cartd::format {
namespace {

using nlohmann::json;
using util::JsonDocument;
using util::JsonKind;
using util::JsonValue;

/// The shortest text that is read as the same number; of all notations, or with an exponent. `value` is finite.
std::string shortest(double value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}
std::string shortest_with_exponent(double value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific).ptr;
  return {text.data(), end};
}

// --- Reading ---------------------------------------------------------------------------------------------------------

/// Writes what the parser meets as JSON, and stops it at the first thing that JSON cannot say or that nests too deep.
class JsonWriter final : public nlohmann::json_sax<json> {
 public:
  std::string take() { return std::move(out_); }
  /// Empty when the parser found the fault.
  const std::string& fault() const { return fault_; }

  bool null() override { return value("null"); }
  bool boolean(bool value_is) override { return value(value_is ? "true" : "false"); }
  bool number_integer(number_integer_t number) override { return value(std::to_string(number)); }
  bool number_unsigned(number_unsigned_t number) override { return value(std::to_string(number)); }
  bool number_float(number_float_t number, const string_t&) override {
    if (!std::isfinite(number)) return stop("NaN and infinity are not supported");
    std::string text = shortest(number);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return value(text);
  }
  bool string(string_t& text) override {
    if (!util::is_utf8(text)) return stop("a text is not UTF-8");
    begin_value();
    util::append_json_string(out_, text);
    return true;
  }
  bool binary(binary_t&) override { return stop("binary values, extension types and timestamps are not supported"); }

  bool start_object(std::size_t) override { return open('{'); }
  bool key(string_t& name) override {
    if (!util::is_utf8(name)) return stop("a key is not UTF-8");
    if (has_sibling_) out_ += ',';
    util::append_json_string(out_, name);
    out_ += ':';
    has_sibling_ = false;
    return true;
  }
  bool end_object() override { return close('}'); }
  bool start_array(std::size_t) override { return open('['); }
  bool end_array() override { return close(']'); }

  bool parse_error(std::size_t position, const std::string& token, const nlohmann::detail::exception& error) override {
    const std::string_view why = error.what();
    constexpr int unexpected_end = 110;
    const bool is_end = error.id == unexpected_end;
    if (is_end && why.find(": expected end of input") != std::string_view::npos)
      return stop("something follows the value");
    if (is_end) return stop("it ends too early");
    if (why.find("expected length specification") != std::string_view::npos) return stop("a key is not text");
    static_cast<void>(token);
    return stop("error at byte " + std::to_string(position));
  }

 private:
  bool stop(std::string why) {
    fault_ = std::move(why);
    return false;
  }
  void begin_value() {
    if (has_sibling_) out_ += ',';
    has_sibling_ = true;
  }
  bool value(std::string_view text) {
    begin_value();
    out_ += text;
    return true;
  }
  bool open(char bracket) {
    if (++depth_ > JsonDocument::max_depth)
      return stop("it nests deeper than " + std::to_string(JsonDocument::max_depth) + " levels");
    begin_value();
    out_ += bracket;
    has_sibling_ = false;
    return true;
  }
  bool close(char bracket) {
    --depth_;
    out_ += bracket;
    has_sibling_ = true;
    return true;
  }

  std::string out_;
  std::string fault_;
  bool has_sibling_ = false;  ///< A value stands before the next one, in the same array or object.
  std::size_t depth_ = 0;
};

// --- Writing ---------------------------------------------------------------------------------------------------------

/// No answer nests as deep: metadata nests max_depth deep in a request's body, and a few levels deeper in an answer.
constexpr std::size_t deepest_answer = 4 * JsonDocument::max_depth;

/// A decimal number without leading and trailing zeros: 0.digits × 10^exponent.
struct Decimal {
  bool negative = false;
  std::string digits{};
  std::int64_t exponent = 0;

  friend bool operator==(const Decimal&, const Decimal&) = default;
};

/// `text` is a number in JSON, or what std::to_chars() makes of one.
Decimal decimal_of(std::string_view text) {
  Decimal decimal;
  if (text.starts_with('-')) decimal.negative = true;
  const std::size_t e = std::min(text.find_first_of("eE"), text.size());
  bool behind_point = false;
  for (const char c : text.substr(0, e)) {
    if (c == '.') behind_point = true;
    if (c < '0' || c > '9') continue;
    if (decimal.digits.empty() && c == '0') {
      if (behind_point) --decimal.exponent;
    } else {
      decimal.digits += c;
      if (!behind_point) ++decimal.exponent;
    }
  }
  while (decimal.digits.ends_with('0')) decimal.digits.pop_back();
  std::string_view power = text.substr(std::min(e + 1, text.size()));
  if (power.starts_with('+')) power.remove_prefix(1);
  std::int64_t shift = 0;
  std::from_chars(power.data(), power.data() + power.size(), shift);
  decimal.exponent = decimal.digits.empty() ? 0 : decimal.exponent + shift;
  return decimal;
}

void append_number(MsgpackWriter& out, std::string_view text) {
  const bool is_negative_zero = text == "-0";
  const auto integer = util::parse_number<std::int64_t>(text);
  if (integer && !is_negative_zero)
    return *integer < 0 ? out.negative_number(*integer) : out.number(static_cast<std::uint64_t>(*integer));
  if (const auto large = util::parse_number<std::uint64_t>(text)) return out.number(*large);
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto is_written_as = [written = decimal_of(text)](const std::string& other) {
    return decimal_of(other) == written;
  };
  // Without an exponent a large number has all its digits, of which the shortest form with one may leave some out.
  const bool is_same = read.ec == std::errc() && std::isfinite(value) &&
                       (is_written_as(shortest_with_exponent(value)) || is_written_as(shortest(value)));
  if (is_same) out.float64(value);
  else out.text(text);
}

void append(MsgpackWriter& out, JsonValue value) {
  const auto children = [&] { return static_cast<std::size_t>(std::distance(value.begin(), value.end())); };
  switch (value.kind()) {
    case JsonKind::null: return out.nil();
    case JsonKind::boolean: return out.boolean(value.text() == "true");
    case JsonKind::number: return append_number(out, value.text());
    case JsonKind::string: return out.text(value.text());
    case JsonKind::array: out.array(children()); break;
    case JsonKind::object: out.map(children()); break;
  }
  for (const JsonValue child : value) {
    if (value.is(JsonKind::object)) out.text(child.key());
    append(out, child);
  }
}

}  // namespace

boost::system::result<std::string, NotAsJson> json_of_msgpack(std::string_view msgpack) {
  JsonWriter writer;
  if (!json::sax_parse(msgpack.begin(), msgpack.end(), &writer, json::input_format_t::msgpack))
    return NotAsJson{"the MessagePack cannot be read as JSON: " + writer.fault()};
  std::string text = writer.take();
  const auto document = JsonDocument::parse(text);
  if (!document) return NotAsJson{document.error()};
  return {boost::system::in_place_value, std::move(text)};
}

std::optional<std::string> msgpack_of_json(std::string_view json) {
  const auto document = JsonDocument::parse(json, deepest_answer);
  if (!document) return std::nullopt;
  std::string msgpack;
  msgpack.reserve(json.size());
  MsgpackWriter writer(msgpack);
  append(writer, document->root());
  return msgpack;
}

}  // namespace cartd::format
