#include "format/stored_user.h"

#include "util/json_document.h"
#include "util/json_string.h"
#include "util/utf8.h"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace cartd::format {
namespace {

using util::JsonKind;
using util::JsonValue;

void append_value(std::string& out, std::string_view value) {
  if (value.find('\0') == std::string_view::npos) return util::append_json_string(out, value);
  char separator = '[';
  for (std::size_t begin = 0; begin <= value.size();) {
    const std::size_t end = std::min(value.find('\0', begin), value.size());
    out += separator;
    separator = ',';
    util::append_json_string(out, value.substr(begin, end - begin));
    begin = end + 1;
  }
  out += ']';
}

std::optional<std::string> value_from(JsonValue value) {
  if (value.is(JsonKind::string)) return std::string(value.text());
  if (!value.is(JsonKind::array) || value.empty()) return std::nullopt;
  std::string text;
  bool is_first = true;
  for (const JsonValue part : value) {
    if (!part.is(JsonKind::string)) return std::nullopt;
    if (!is_first) text += '\0';
    is_first = false;
    text += part.text();
  }
  return text;
}

std::optional<UserFields> fields_from(std::string_view text) {
  const auto document = util::JsonDocument::parse(text);
  if (!document || !document->root().is(JsonKind::object) || document->root().empty()) return std::nullopt;
  UserFields fields;
  for (const JsonValue member : document->root()) {
    auto value = value_from(member);
    if (!value || member.key().empty() || util::has_control(member.key())) return std::nullopt;
    fields.emplace(member.key(), std::move(*value));
  }
  return fields;
}

}  // namespace

std::string user_fields_to_json(const UserFields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    out += out.empty() ? '{' : ',';
    util::append_json_string(out, name);
    out += ':';
    append_value(out, value);
  }
  return out.empty() ? "{}" : out + '}';
}

Result<UserFields> user_fields_from_json(std::string_view text) {
  if (auto fields = fields_from(text)) return std::move(*fields);
  return Error{Errc::corrupt, "the stored user cannot be decoded"};
}

}  // namespace cartd::format
