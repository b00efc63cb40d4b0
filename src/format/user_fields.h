// A user's profile as the embedded store keeps it: one byte, the layout's version, 1; the number of fields, and of each
// its name and its value, by name, in the form of format/binary.h.
#pragma once

#include "domain/error.h"
#include "domain/user.h"

#include <string>
#include <string_view>

namespace cartd::format {

std::string user_fields_to_bytes(const UserFields& fields);

/// Errc::corrupt when `bytes` is anything else. Every byte is looked at as hostile.
Result<UserFields> user_fields_from_bytes(std::string_view bytes);

}  // namespace cartd::format
