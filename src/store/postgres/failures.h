// What an error of the database means for the statement that met it, or for those in its transaction. Pure.
#pragma once

#include "domain/error.h"
#include "store/postgres/statements.h"

#include <string_view>

namespace cartd::postgres {

struct Failure {
  Error error;
  bool session_is_useless = false;  ///< Another one may do better: this server takes no writes, or lost its statements.
  bool is_unexpected = false;       ///< Operators should see what the database says.
};

/// Of an error that ended the transaction, so that surely nothing was done. `sqlstate` has five characters, or is
/// empty.
Failure failure_of(Statement::Kind kind, std::string_view sqlstate);

/// The connection was lost, or the server ended it, while the statement was under way.
Error lost(Statement::Kind kind);

/// Whether a severity, not localized, means that the session goes on, and that the transaction was rolled back.
bool ends_transaction_only(std::string_view severity);

}  // namespace cartd::postgres
