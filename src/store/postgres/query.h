// One question to the database before a session is ready: it blocks, and not for ever.
#pragma once

#include "store/postgres/handles.h"

#include <chrono>
#include <stop_token>
#include <string>

namespace cartd::postgres {

using SteadyTime = std::chrono::steady_clock::time_point;

/// The last result of the statements in `sql`, or of the one that failed; null when there was none in time, or before
/// `stop` was requested. The connection cannot be used any more then.
ResultPtr query(pg_conn* connection, const std::string& sql, SteadyTime deadline, const std::stop_token& stop = {});

/// Whether the statement was carried out.
bool is_done(const ResultPtr& result);

/// What the database says about a statement that failed, for operators.
std::string error_text(const ResultPtr& result);

}  // namespace cartd::postgres
