#include "api/rest/conditions.h"

#include "http/fields.h"
#include "util/decimal.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

namespace cartd::rest {
namespace {

/// The version that one of our tags stands for; nothing when cartd never gave such a tag.
std::optional<std::uint64_t> version_of(const http::EntityTag& tag) {
  const bool canonical = tag.opaque == "0" || (!tag.opaque.empty() && tag.opaque.front() != '0');
  const std::optional<std::int64_t> number = canonical ? util::parse_digits(tag.opaque) : std::nullopt;
  if (!number) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

}  // namespace

CartCondition condition_of(const http::EntityTags& if_match) {
  if (if_match.any) return MustExist{};
  AnyVersionOf any;
  for (const http::EntityTag& tag : if_match.tags)
    if (const auto version = version_of(tag); version && !tag.weak) any.versions.push_back(*version);
  return any;
}

bool is_known(const http::EntityTags& if_none_match, const Cart& cart) {
  if (if_none_match.any) return exists(cart);
  const auto& tags = if_none_match.tags;
  return std::any_of(tags.begin(), tags.end(),
                     [&](const http::EntityTag& tag) { return version_of(tag) == cart.version; });
}

Result<IdempotencyKey> parse_idempotency_key(std::string_view field) {
  if (field.starts_with('"')) {
    const std::optional<std::string> key = http::parse_string_item(field);
    if (key) return IdempotencyKey::parse(*key);
    return Error{Errc::invalid,
                 "a quoted Idempotency-Key must be one string with nothing after it (RFC 8941, section 3.3.3)"};
  }
  if (field.find(' ') == std::string_view::npos) return IdempotencyKey::parse(field);
  return Error{Errc::invalid, "an Idempotency-Key with blanks must be in quotes"};
}

}  // namespace cartd::rest
