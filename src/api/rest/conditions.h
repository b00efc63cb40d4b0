// What the header fields of a request say about a change or a read beside what is to be done. Pure.
#pragma once

#include "domain/cart.h"
#include "domain/error.h"
#include "domain/ids.h"
#include "http/entity_tags.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace cartd::rest {

/// Strong comparison, as If-Match asks for: a weak tag never matches.
bool match_strongly(const http::EntityTags& tags, const Cart& cart);
/// Weak comparison, as If-None-Match asks for.
bool match_weakly(const http::EntityTags& tags, const Cart& cart);

/// The version, when one strong tag of ours is all there is.
std::optional<std::uint64_t> only_version(const http::EntityTags& tags);

/// What Idempotency-Key says: the key as it is, or as the IETF's draft has it (draft-ietf-httpapi-idempotency-key-header), a
/// string in quotes. Both ways of writing give the same key. No parameters are defined, and none are accepted.
Result<IdempotencyKey> parse_idempotency_key(std::string_view field);

}  // namespace cartd::rest
