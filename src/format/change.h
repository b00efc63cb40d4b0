// A change as MessagePack, as the journal keeps it: the array [expected_version or nil, idempotency key or nil,
// fingerprint or nil, command]. A command is an array that begins with its kind:
//   ["batch", [line command…]]
//   ["annotate", metadata or nil, owner or nil]      nil: left as it is, "": removed; and, where there is a kind, that
//   ["delete"]  ["touch"]
//   ["begin_checkout", id, accepts differences: 0 or 1, metadata, [[line, unit price or nil, available or nil]…]]
//   ["complete_checkout", bytes in the form of format/checkout.h, payment_ref, strict: 0 or 1]   ["abort_checkout", id]
//   ["begin_transfer", id, target, policy, nil or [[line, quantity or nil]…], key or nil, fingerprint or nil]
//   ["take_transfer", bytes in the form of format/transfer.h]   ["finish_transfer", id, taken: 0 or 1]
// and a line command likewise:
//   ["add", line, quantity, details or nil]   ["set", line, quantity, details or nil]   ["describe", line, details]
//   ["remove", line, quantity]   ["remove_line", line]   ["clear"]
//   ["reprice", line, unit price]
// with a line as LineId::str(), and details as [name or nil, unit price or nil, metadata or nil, options or nil], where
// nil leaves it as it is, "" removes it, a unit price is [amount_minor, currency], or [] to remove it, and metadata is
// [text] where it is merged. The version byte before it (journal/entry.h) belongs to all of this: what is written
// otherwise gets another one. Version 4 had no kinds, version 3 no transfers, version 2 no checkouts and no reprice. In
// version 1 details were bytes in the form of format/line_details.h, and replaced the line's; that is read, too.
#pragma once

#include "domain/command.h"
#include "domain/error.h"

#include <string>
#include <string_view>

namespace cartd::format {

/// `change` is valid by validate().
std::string to_msgpack(const Change& change);

/// Errc::corrupt when `bytes` is anything else, and when a value is one that no command may have under any limits: a
/// quantity below 1 (Set: below 0) or above max_readable_quantity, metadata that is no JSON object, an empty batch.
/// Every byte is looked at as hostile.
Result<Change> change_from_msgpack(std::string_view bytes);

}  // namespace cartd::format
