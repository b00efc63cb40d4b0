// How a coroutine asks the database, in time.
#pragma once

#include "domain/error.h"
#include "store/cart_store.h"
#include "store/postgres/database.h"
#include "store/postgres/row.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <vector>

namespace cartd::postgres {

/// What the statement answers. `row` as in Call. Errors as with CartStore: Errc::unavailable means that surely nothing
/// was done, Errc::outcome_unknown that a write may have been. `database` outlives the call.
boost::asio::awaitable<Result<Rows>> ask(Database& database, std::shared_ptr<Calls> calls, const Statement& statement,
                                         std::vector<Parameter> parameters, std::string row, Deadline deadline);

}  // namespace cartd::postgres
