// Whether a server lets its user do what carts need: the very commands that the scripts call, tried out. Used by
// /readyz and by `cartctl doctor`. Pure but for run_check().
#pragma once

#include "domain/time.h"
#include "redis/client.h"
#include "redis/protocol/reply.h"
#include "store/cart_store.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd {

/// A command that the server refused, and its words for that.
struct RefusedCommand {
  std::string command;
  std::string error;
};

/// The results of the tried commands.
struct Access {
  std::vector<RefusedCommand> refused{};
  std::optional<Time> server_time{};  ///< Nothing where the server does not tell.
};

/// The words of the command that tries them out, by way of `caller`: "EVAL" or "EVALSHA". `key` ends the keys, which no
/// cart has. `adopts`: also what is needed for carts of another service.
std::vector<std::string> check_command(std::string_view caller, std::string_view key, bool adopts = false);

/// The answer to check_command(). An error reply says that `caller` itself was refused.
Access access_from(redis::ReplyView reply, std::string_view caller);

/// What access_from() means for changes: whether they can be made, and why not, or by how much the clocks differ where
/// that is more than a second. `now` is this machine's time. For /readyz: no address, no secret, and of the server's
/// own words only an error's code.
StoreState state_of(const Access& access, Time now, Millis max_clock_difference);

/// Asks each primary. `adopts` as in check_command().
boost::asio::awaitable<StoreState> run_check(redis::Client& client, Time now, Millis max_clock_difference,
                                             std::chrono::steady_clock::time_point deadline, bool adopts);

}  // namespace cartd
