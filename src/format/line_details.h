// Line details as MessagePack, as stores keep them: the array [added_at in ms, name or nil, amount_minor or nil,
// currency or nil, metadata as JSON text or nil], and for a line with options a sixth element, their JSON text; for one
// with a price before the shop's last one a sixth, options or nil, and then that price's amount_minor and currency.
// Another version of it would be an array of another length: plain clients and older cartds read what stands in Redis,
// so that these are written as they are for ever.
#pragma once

#include "domain/cart.h"
#include "domain/error.h"

#include <string>
#include <string_view>

namespace cartd::format {

/// An added_at before 1970 is written as 1970.
std::string to_msgpack(const LineDetails& details);

/// Errc::corrupt when `bytes` is anything else. Every byte is looked at as hostile.
Result<LineDetails> line_details_from_msgpack(std::string_view bytes);

}  // namespace cartd::format
