// A change as MessagePack, as the journal keeps it: the array [expected_version or nil, idempotency key or nil,
// fingerprint or nil, command]. A command is an array that begins with its kind:
//   ["batch", [line command…]]
//   ["annotate", metadata or nil, owner or nil]      nil: left as it is, "": removed
//   ["delete"]  ["touch"]
// and a line command likewise:
//   ["add", sku, quantity, details or nil]   ["set", sku, quantity, details or nil]
//   ["remove", sku, quantity]   ["remove_line", sku]   ["clear"]
// with details as bytes, in the form of format/line_details.h. The version byte before it (journal/entry.h) belongs to
// all of this: what is written otherwise gets another one.
#pragma once

#include "domain/command.h"
#include "domain/error.h"

#include <string>
#include <string_view>

namespace cartd::format {

/// `change` is valid by validate(). What its details say of added_at before 1970 is written as 1970.
std::string to_msgpack(const Change& change);

/// Errc::corrupt when `bytes` is anything else, and when a value is one that no command may have under any limits: a
/// quantity below 1 (Set: below 0) or above max_readable_quantity, metadata that is no JSON object, an empty batch.
/// Every byte is looked at as hostile.
Result<Change> change_from_msgpack(std::string_view bytes);

}  // namespace cartd::format
