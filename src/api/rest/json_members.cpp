#include "api/rest/json_members.h"

#include <utility>

namespace cartd::rest {

Error invalid(std::string detail, std::string_view member) {
  return Error{Errc::invalid, std::move(detail), pointer_to(member)};
}

Error inside(std::string_view name, Error error) {
  error.pointer.insert(0, pointer_to(name));
  return error;
}

Error unknown(util::JsonValue member) {
  constexpr std::size_t longest_shown = 64;
  std::string detail = "unknown field";
  if (member.key().size() <= longest_shown) detail.append(": ").append(member.key());
  return invalid(std::move(detail), member.key());
}

Error missing(std::string_view name) { return invalid(std::string(name) + " is required", name); }

Result<util::JsonDocument> parse(std::string_view json) {
  auto document = util::JsonDocument::parse(json);
  if (!document) return Error{Errc::malformed, document.error()};
  return std::move(*document);
}

Result<util::JsonDocument> parse_object(std::string_view json) {
  auto document = parse(json);
  if (document && !document->root().is(util::JsonKind::object))
    return Error{Errc::invalid, "a JSON object is expected"};
  return document;
}

Result<std::string_view> text_of(util::JsonValue member) {
  if (!member.is(util::JsonKind::string)) return invalid("a string is expected", member.key());
  return member.text();
}

Result<std::int64_t> integer_of(util::JsonValue member) {
  const auto value = member.integer();
  if (!value) return invalid("an integer without fraction or exponent is expected", member.key());
  return *value;
}

Result<std::string> metadata_of(util::JsonValue member) {
  if (!member.is(util::JsonKind::object)) return invalid("a JSON object is expected", member.key());
  std::string text;
  if (!member.empty()) append_json(text, member);
  return text;
}

Result<std::string> metadata_patch_of(util::JsonValue member) {
  if (member.is(util::JsonKind::null)) return std::string();
  auto text = metadata_of(member);
  if (text && text->empty()) text->assign("{}");
  return text;
}

}  // namespace cartd::rest
