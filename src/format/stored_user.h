// A user's profile as JSON, as a database keeps it where people can query it: an object of field name to value. A value
// is a text; where it holds U+0000, which such a database does not take, it is an array of the texts between them.
#pragma once

#include "domain/error.h"
#include "domain/user.h"

#include <string>
#include <string_view>

namespace cartd::format {

std::string user_fields_to_json(const UserFields& fields);

/// Errc::corrupt when `text` is anything else. Every byte is looked at as hostile.
Result<UserFields> user_fields_from_json(std::string_view text);

}  // namespace cartd::format
