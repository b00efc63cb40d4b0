// What every reader of a request body needs: values out of members, and faults that point to them.
#pragma once

#include "domain/error.h"
#include "domain/ids.h"
#include "util/json_document.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace cartd::rest {

Error invalid(std::string detail, std::string_view member);
/// `error`, met inside the member or element `name`, as it is seen from outside.
Error inside(std::string_view name, Error error);
Error unknown(util::JsonValue member);
Error missing(std::string_view name);

/// Many serializers write a member without a value as null.
inline bool is_left_out(util::JsonValue member) { return member.is(util::JsonKind::null); }

/// Errc::malformed for what is no JSON. `json` outlives the document.
Result<util::JsonDocument> parse(std::string_view json);
Result<util::JsonDocument> parse_object(std::string_view json);

/// The string that `member` holds, or a fault that points to it.
Result<std::string_view> text_of(util::JsonValue member);
Result<std::int64_t> integer_of(util::JsonValue member);
/// The object that `member` holds as compact text; empty for {}.
Result<std::string> metadata_of(util::JsonValue member);
/// A merge patch of metadata (RFC 7396) as compact text, "{}" included; empty for null, which takes all away.
Result<std::string> metadata_patch_of(util::JsonValue member);

template <class Rule>
Result<Name<Rule>> name_of(util::JsonValue member) {
  const auto text = text_of(member);
  if (!text) return text.error();
  auto name = Name<Rule>::parse(*text);
  if (!name) return inside(member.key(), name.error());
  return name;
}

}  // namespace cartd::rest
