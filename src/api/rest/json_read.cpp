// Carts' and users' members out of JSON. Line commands: json_read_lines.cpp.
#include "api/rest/json.h"
#include "api/rest/json_members.h"

#include <optional>
#include <string>
#include <utility>

namespace cartd::rest {
namespace {

/// Null, as the kind "cart": the usual one.
Result<std::optional<CartKind>> kind_of(util::JsonValue member) {
  if (member.is(util::JsonKind::null)) return std::optional<CartKind>();
  const auto text = text_of(member);
  if (!text) return text.error();
  auto kind = kind_from(*text);
  if (!kind) return invalid(kind.error().detail, member.key());
  return kind;
}

}  // namespace

Result<Command> parse_annotate(std::string_view json) {
  const auto document = parse_object(json);
  if (!document) return document.error();
  Annotate annotate;
  for (const util::JsonValue member : document->root()) {
    if (member.key() == "metadata") {
      auto patch = metadata_patch_of(member);
      if (!patch) return patch.error();
      annotate.metadata = std::move(*patch);
    } else if (member.key() == "kind") {
      auto kind = kind_of(member);
      if (!kind) return kind.error();
      annotate.kind.emplace(std::move(*kind));
    } else if (member.key() != "user_id") {
      return unknown(member);
    } else if (member.is(util::JsonKind::null)) {
      annotate.owner.emplace();
    } else {
      auto owner = name_of<UserIdRule>(member);
      if (!owner) return owner.error();
      annotate.owner.emplace(std::move(*owner));
    }
  }
  if (!annotate.metadata && !annotate.owner && !annotate.kind)
    return Error{Errc::invalid, "metadata, user_id or kind is required"};
  return Command(std::move(annotate));
}

Result<UserFields> parse_user(std::string_view json) {
  const auto document = parse_object(json);
  if (!document) return document.error();
  UserFields fields;
  for (const util::JsonValue member : document->root()) {
    if (is_left_out(member)) continue;
    const auto value = text_of(member);
    if (!value) return value.error();
    fields.emplace(member.key(), *value);
  }
  return fields;
}

Result<UserPatch> parse_user_patch(std::string_view json) {
  const auto document = parse_object(json);
  if (!document) return document.error();
  UserPatch patch;
  for (const util::JsonValue member : document->root()) {
    std::optional<std::string>& value = patch[std::string(member.key())];
    if (member.is(util::JsonKind::null)) continue;
    if (!member.is(util::JsonKind::string)) return invalid("a string or null is expected", member.key());
    value.emplace(member.text());
  }
  return patch;
}

}  // namespace cartd::rest
