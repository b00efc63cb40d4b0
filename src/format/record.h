// A cart's record as the embedded store keeps it under the cart's id.
//
//   offset  bytes
//        0      1  the layout's version: 4 where there is a kind, else 3
//        1      8  the record's token
//        9      8  forget_at
//       17      1  which members follow: 1 owner, 2 metadata, 4 created_at, 8 updated_at, 16 expires_at, 32 lines,
//                  64 kind
//       18         version of the cart, then of those members, in this order:
//                  owner, metadata, kind, created_at, updated_at, expires_at
//                  lines
//                  applied sequences: count, then of each: producer, sequence
//                  idempotency keys: count, then of each: key, fingerprint, time
//                  checkouts: count, then of each what format/checkout.h says of a note
//                  the transfer: a text in the form of format/transfer.h, or an empty one
//                  transfers taken: count, then of each: id (16 characters), forget_at
//
// Values are as in format/cart_values.h, but for the two numbers with 8 bytes. So the first 18 bytes say what a commit
// compares and what a compaction needs to know. What is written otherwise gets another version; a reader reads all that
// there ever were. Version 3 has no kind, version 2 had no transfers, version 1 no checkouts.
#pragma once

#include "domain/error.h"
#include "domain/record.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cartd::format {

/// Of a record, what can be said without decoding it.
struct RecordHeader {
  std::uint64_t token;
  Time forget_at;
  bool cart_exists;  ///< As exists() says; the cart's time may be over.
};

struct StoredRecord {
  CartRecord record;
  std::uint64_t token;
};

/// `token` stands for this state of the record; not 0. Times before 1970 are written as 1970.
std::string record_to_bytes(const CartRecord& record, std::uint64_t token);

/// Errc::corrupt when `bytes` is anything else, of another layout too, and when a value is one that no record may have.
/// Every byte is looked at as hostile. `id` is the cart's.
Result<StoredRecord> record_from_bytes(const CartId& id, std::string_view bytes);

/// The same for what a record has besides its cart and forget_at: for stores that keep these in a form of their own.
std::string replay_to_bytes(const CartRecord& record, std::uint64_t token);
/// Into `record`, which has its cart. False where the bytes are none of that.
bool replay_from_bytes(std::string_view bytes, CartRecord& record);

/// Nothing where the beginning is not that of a record.
std::optional<RecordHeader> record_header(std::string_view bytes);

}  // namespace cartd::format
