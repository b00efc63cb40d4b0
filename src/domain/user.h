// A user's profile: a handful of text fields.
#pragma once

#include "domain/error.h"
#include "domain/limits.h"

#include <map>
#include <optional>
#include <string>

namespace cartd {

/// Field name to value, both UTF-8; names are 1–128 bytes without control characters.
using UserFields = std::map<std::string, std::string>;

/// A patch's fields: a new value, or null to remove the field (RFC 7396).
using UserPatch = std::map<std::string, std::optional<std::string>>;

/// Judges names and sizes, and that a whole profile has at least one field and at most the allowed number.
Result<void> validate(const UserFields& fields, const Limits& limits);
Result<void> validate(const UserPatch& patch, const Limits& limits);

/// The profile after the patch; Errc::limit_exceeded ("user_fields") when it would have too many fields.
Result<UserFields> patched(UserFields fields, const UserPatch& patch, const Limits& limits);

}  // namespace cartd
