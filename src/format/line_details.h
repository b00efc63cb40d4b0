// Line details as MessagePack, as stores keep them: the array [added_at in ms, name or nil, amount_minor or nil,
// currency or nil, metadata as JSON text or nil]. Another version of it would be an array of another length: plain
// clients and older cartds read what stands in Redis, so that this one is written as it is for ever.
#pragma once

#include "domain/cart.h"
#include "domain/error.h"

#include <string>
#include <string_view>

namespace cartd::format {

/// The first 10 bytes are always 0x95 0xCF and added_at as 8 bytes, big-endian: a script may replace them without
/// understanding the rest. An added_at before 1970 is written as 1970.
std::string to_msgpack(const LineDetails& details);

/// Errc::corrupt when `bytes` is anything else. Every byte is looked at as hostile.
Result<LineDetails> line_details_from_msgpack(std::string_view bytes);

}  // namespace cartd::format
