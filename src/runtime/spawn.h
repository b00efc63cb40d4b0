// The one way to start a coroutine in the background.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace cartd {

/// Starts `task` on `executor`. Errors are its own business; when it ends with an exception, a line in the log names it
/// and the process aborts: a task that had stopped unnoticed would leave its work undone for as long as the process
/// lives. `name` says in the log what the task does; it outlives the task.
void spawn(boost::asio::any_io_executor executor, const char* name, boost::asio::awaitable<void> task);

}  // namespace cartd
