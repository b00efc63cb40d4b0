// How a coroutine asks the database, in time.
#pragma once

#include "domain/error.h"
#include "store/cart_store.h"
#include "store/mongodb/database.h"

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace cartd::mongodb {

/// What the operation answers. Errors as with CartStore: Errc::unavailable means that surely nothing was done,
/// Errc::outcome_unknown that it may have been. `database` outlives the call.
boost::asio::awaitable<Result<Answer>> ask(Database& database, std::shared_ptr<Calls> calls, Operation operation,
                                           Deadline deadline);

/// The same for what nobody waits for, and what need not be done.
void ask_in_passing(Database& database, Operation operation);

}  // namespace cartd::mongodb
