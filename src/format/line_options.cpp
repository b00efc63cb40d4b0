#include "format/line_options.h"

#include "util/digest.h"
#include "util/json_string.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace cartd::format {

Result<std::string> canonical_options(util::JsonValue options) {
  using util::JsonKind;
  if (!options.is(JsonKind::object)) return Error{Errc::invalid, "a JSON object is expected"};
  std::vector<util::JsonValue> members;
  for (const util::JsonValue member : options) {
    if (member.is(JsonKind::object) || member.is(JsonKind::array))
      return Error{Errc::invalid, "an option is a text, a number, true or false", pointer_to(member.key())};
    if (!member.is(JsonKind::null)) members.push_back(member);
  }
  std::sort(members.begin(), members.end(),
            [](const util::JsonValue& a, const util::JsonValue& b) { return a.key() < b.key(); });
  std::string text;
  for (const util::JsonValue member : members) {
    text += text.empty() ? '{' : ',';
    util::append_json_string(text, member.key());
    text += ':';
    util::append_json(text, member);
  }
  if (!text.empty()) text += '}';
  if (text.size() <= max_line_options_bytes) return text;
  return Error{Errc::invalid, "options may have at most " + std::to_string(max_line_options_bytes) + " bytes"};
}

bool is_line_options(std::string_view text) {
  const auto document = util::JsonDocument::parse(text);
  if (!document) return false;
  const Result<std::string> canonical = canonical_options(document->root());
  return canonical && !canonical->empty() && *canonical == text;
}

LineLabel label_of_options(std::string_view canonical) { return *LineLabel::parse(util::digest(canonical, 22)); }

}  // namespace cartd::format
