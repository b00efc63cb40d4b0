#include "store/mongodb/json_values.h"

#include "format/cart_values.h"
#include "format/stored_lines.h"
#include "util/decimal.h"
#include "util/json_document.h"
#include "util/json_string.h"

#include <bson/bson.h>

#include <charconv>
#include <cmath>
#include <cstdint>

namespace cartd::mongodb {
namespace {

using util::JsonKind;
using util::JsonValue;

constexpr int most_levels = util::JsonDocument::max_depth;
constexpr std::string_view added_at = "added_at";

bool is_object_member(std::string_view name) { return name == "metadata" || name == "options"; }

bool is_field_name(std::string_view name) {
  return !name.empty() && name.front() != '$' && name.find('.') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

// --- To the database -------------------------------------------------------------------------------------------------

bool add_value(Document& to, std::string_view name, JsonValue value);

/// False where a member has a name that is none for a field, or where there is a number that is none.
bool add_members(Document& to, JsonValue object) {
  for (const JsonValue member : object)
    if (!is_field_name(member.key()) || !add_value(to, member.key(), member)) return false;
  return true;
}

bool add_number(Document& to, std::string_view name, JsonValue value) {
  if (const auto number = value.integer()) {
    to.number(name, *number);
    return true;
  }
  double number = 0;
  const std::string_view text = value.text();
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return false;
  to.fraction(name, number);
  return true;
}

bool add_value(Document& to, std::string_view name, JsonValue value) {
  Document inner;
  switch (value.kind()) {
    case JsonKind::null: to.null(name); return true;
    case JsonKind::boolean: to.flag(name, value.text() == "true"); return true;
    case JsonKind::number: return add_number(to, name, value);
    case JsonKind::string: to.text(name, value.text()); return true;
    case JsonKind::object:
      if (!add_members(inner, value)) return false;
      to.document(name, inner);
      return true;
    case JsonKind::array: break;
  }
  std::size_t index = 0;
  for (const JsonValue element : value)
    if (!add_value(inner, std::to_string(index++), element)) return false;
  to.array(name, inner);
  return true;
}

void add_line(Document& to, std::string_view name, JsonValue line) {
  Document members;
  for (const JsonValue member : line) {
    if (member.key() == added_at) members.time(added_at, Time(Millis(member.integer().value_or(0))));
    else if (is_object_member(member.key())) add_object(members, member.key(), member.text());
    else add_value(members, member.key(), member);
  }
  to.document(name, members);
}

// --- From the database -----------------------------------------------------------------------------------------------

bool append_value(std::string& out, const bson_iter_t& at, int levels);

/// The elements or members of the value, between its brackets.
bool append_inner(std::string& out, const bson_iter_t& at, int levels) {
  const bool is_array = bson_iter_type(&at) == BSON_TYPE_ARRAY;
  bson_iter_t inner;
  if (levels == 0 || !bson_iter_recurse(&at, &inner)) return false;
  out += is_array ? '[' : '{';
  bool is_first = true;
  while (bson_iter_next(&inner)) {
    if (!is_first) out += ',';
    is_first = false;
    if (!is_array) {
      util::append_json_string(out, {bson_iter_key(&inner), bson_iter_key_len(&inner)});
      out += ':';
    }
    if (!append_value(out, inner, levels - 1)) return false;
  }
  out += is_array ? ']' : '}';
  // It ends early where it is damaged.
  return inner.err_off == 0;
}

bool append_fraction(std::string& out, double value) {
  if (!std::isfinite(value)) return false;
  char text[32];
  const auto written = std::to_chars(text, text + sizeof text, value);
  out.append(text, written.ptr);
  return true;
}

bool append_value(std::string& out, const bson_iter_t& at, int levels) {
  switch (bson_iter_type(&at)) {
    case BSON_TYPE_NULL: out += "null"; return true;
    case BSON_TYPE_BOOL: out += bson_iter_bool(&at) ? "true" : "false"; return true;
    case BSON_TYPE_INT32: util::append_number(out, bson_iter_int32(&at)); return true;
    case BSON_TYPE_INT64: util::append_number(out, bson_iter_int64(&at)); return true;
    case BSON_TYPE_DOUBLE: return append_fraction(out, bson_iter_double(&at));
    case BSON_TYPE_UTF8: {
      std::uint32_t size = 0;
      const char* const text = bson_iter_utf8(&at, &size);
      util::append_json_string(out, {text, size});
      return true;
    }
    case BSON_TYPE_DOCUMENT:
    case BSON_TYPE_ARRAY: return append_inner(out, at, levels);
    default: return false;
  }
}

/// A member of a line, as format/stored_lines.h has it.
bool append_line_member(std::string& out, const bson_iter_t& at) {
  const std::string_view name(bson_iter_key(&at), bson_iter_key_len(&at));
  util::append_json_string(out, name);
  out += ':';
  if (name == added_at && bson_iter_type(&at) == BSON_TYPE_DATE_TIME) {
    util::append_number(out, bson_iter_date_time(&at));
    return true;
  }
  if (!is_object_member(name) || bson_iter_type(&at) != BSON_TYPE_DOCUMENT)
    return name != added_at && append_value(out, at, most_levels);
  std::string text;
  if (!append_value(text, at, most_levels)) return false;
  util::append_json_string(out, text);
  return true;
}

bool append_line(std::string& out, const bson_iter_t& at) {
  bson_iter_t member;
  if (bson_iter_type(&at) != BSON_TYPE_DOCUMENT || !bson_iter_recurse(&at, &member)) return false;
  out += '{';
  bool is_first = true;
  while (bson_iter_next(&member)) {
    if (!is_first) out += ',';
    is_first = false;
    if (!append_line_member(out, member)) return false;
  }
  out += '}';
  return member.err_off == 0;
}

std::optional<std::string> json_of(const Document& document) {
  std::string out;
  Document outer;
  outer.document("v", document);
  bson_iter_t at;
  if (!bson_iter_init_find(&at, outer.get(), "v") || !append_value(out, at, most_levels)) return std::nullopt;
  return out;
}

std::optional<std::string> json_of_lines(const Document& lines) {
  bson_iter_t at;
  if (!bson_iter_init(&at, lines.get())) return std::nullopt;
  std::string out = "[";
  while (bson_iter_next(&at)) {
    if (out.size() > 1) out += ',';
    if (!append_line(out, at)) return std::nullopt;
  }
  out += ']';
  return at.err_off == 0 ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

void add_object(Document& to, std::string_view name, std::string_view json) {
  const auto parsed = util::JsonDocument::parse(json);
  Document document;
  if (parsed && add_members(document, parsed->root()) && json_of(document) == json) to.document(name, document);
  else to.text(name, json);
}

std::optional<std::string> object_in(const Fields& fields, std::string_view name) {
  if (const auto text = fields.text(name)) return std::string(*text);
  const auto document = fields.document(name);
  return document ? json_of(*document) : std::nullopt;
}

void add_lines(Document& to, std::string_view name, const std::vector<Line>& lines) {
  const std::string json = format::lines_to_json(lines);
  const auto parsed = util::JsonDocument::parse(json);
  Document array;
  std::size_t index = 0;
  for (const JsonValue line : parsed->root()) add_line(array, std::to_string(index++), line);
  to.array(name, array);
}

Result<std::vector<Line>> lines_in(const Fields& fields, std::string_view name) {
  const auto array = fields.document(name, true);
  const auto json = array ? json_of_lines(*array) : std::nullopt;
  if (!json) return Error{Errc::corrupt, "the stored lines cannot be decoded"};
  return format::lines_from_json(*json);
}

}  // namespace cartd::mongodb
