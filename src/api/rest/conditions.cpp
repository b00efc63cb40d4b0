#include "api/rest/conditions.h"

#include "api/rest/representation.h"
#include "http/fields.h"
#include "util/decimal.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

namespace cartd::rest {
namespace {

bool is_of_msgpack(const http::EntityTag& tag) { return tag.opaque.ends_with(msgpack_tag); }

/// The version that one of our tags stands for; nothing when cartd never gave such a tag.
std::optional<std::uint64_t> version_of(const http::EntityTag& tag) {
  std::string_view digits = tag.opaque;
  if (is_of_msgpack(tag)) digits.remove_suffix(std::string_view(msgpack_tag).size());
  const bool canonical = digits == "0" || (!digits.empty() && digits.front() != '0');
  const std::optional<std::int64_t> number = canonical ? util::parse_digits(digits) : std::nullopt;
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

bool is_known(const http::EntityTags& if_none_match, const Cart& cart, bool in_msgpack) {
  if (if_none_match.any) return exists(cart);
  const auto& tags = if_none_match.tags;
  return std::any_of(tags.begin(), tags.end(), [&](const http::EntityTag& tag) {
    return version_of(tag) == cart.version && is_of_msgpack(tag) == in_msgpack;
  });
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
