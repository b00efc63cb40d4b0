// The conditions and options in the header fields of a request. Pure.
#pragma once

#include "domain/cart.h"
#include "domain/error.h"
#include "domain/ids.h"
#include "http/entity_tags.h"
#include "service/conditions.h"

#include <string_view>

namespace cartd::rest {

/// The If-Match condition: the tags of both representations of a version stand for it. It compares strongly: a weak tag
/// never matches, and neither does one that cartd never gave.
CartCondition condition_of(const http::EntityTags& if_match);

/// Whether the client has this cart in the representation that it asks for now, by If-None-Match. It compares weakly.
bool is_known(const http::EntityTags& if_none_match, const Cart& cart, bool in_msgpack = false);

/// The value of Idempotency-Key: the key as it is, or as the IETF's draft has it
/// (draft-ietf-httpapi-idempotency-key-header), a string in quotes. Both ways of writing give the same key. No
/// parameters are defined, and none are accepted.
Result<IdempotencyKey> parse_idempotency_key(std::string_view field);

}  // namespace cartd::rest
