// The tables of the store: made and brought up to date by cartd, one process at a time.
#pragma once

#include "store/postgres/query.h"

#include <stop_token>
#include <string>

namespace cartd::postgres {

/// What this cartd makes and understands.
inline constexpr int schema_version = 2;

struct SchemaFault {
  enum class Kind {
    none,
    newer,    ///< Of a later cartd. Nothing was changed.
    refused,  ///< It cannot be read, or made.
  };
  Kind kind = Kind::none;
  std::string why{};       ///< For everybody.
  std::string database{};  ///< What the database says about it, for operators; may be empty.
};

/// Makes the schema, or brings it to schema_version, if it is not there yet. Blocks until `deadline` at most, or, where
/// it has to be changed, for as long as that takes, which with many carts is minutes to hours; not once `stop` is
/// requested. A change that was begun is then undone by the server.
SchemaFault ensure_schema(pg_conn* connection, SteadyTime deadline, const std::stop_token& stop);

}  // namespace cartd::postgres
