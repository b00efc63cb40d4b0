// A transfer as stores and the journal keep it.
//
//   offset  bytes
//        0      1  the layout's version: 1, or 2 where there is an earlier one
//        1     16  id
//       17         target, policy (0 sum, 1 max, 2 keep_target, 3 keep_source, 4 replace), begun_at, forget_at, lines,
//                  1 and the client's key (16 characters) and its fingerprint (11), or 0; in version 2, then the
//                  earlier transfer, in this form, behind its length
//
// Values are as in format/cart_values.h. What is written otherwise gets another version; a reader reads all that there
// ever were.
#pragma once

#include "domain/error.h"
#include "domain/transfer.h"

#include <memory>
#include <string>
#include <string_view>

namespace cartd::format {

std::string transfer_to_bytes(const Transfer& transfer);

/// Errc::corrupt when `bytes` is anything else. Every byte is looked at as hostile.
Result<std::shared_ptr<const Transfer>> transfer_from_bytes(std::string_view bytes);

}  // namespace cartd::format
