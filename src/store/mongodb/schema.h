// The collections of the store: their indexes and their version.
#pragma once

#include "store/mongodb/session.h"

#include <optional>
#include <string>

namespace cartd::mongodb {

/// What this cartd makes and understands.
inline constexpr int schema_version = 2;

struct SchemaFault {
  bool is_newer = false;   ///< Of a later cartd. Nothing was changed.
  std::string why{};       ///< For everybody.
  std::string database{};  ///< What the database says about it, for operators; may be empty.
};

/// Makes the indexes and notes the version, if that is not done, also where an earlier cartd made its own. Any number
/// of cartds may do it at once.
std::optional<SchemaFault> ensure_schema(Session& session);

}  // namespace cartd::mongodb
