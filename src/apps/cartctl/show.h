// The server's answers for people.
#pragma once

#include <string>
#include <string_view>

namespace cartd::cartctl {

/// A cart's JSON as a table of lines, totals, version and expiry; other JSON as it is. Fit for a terminal.
std::string show_cart(std::string_view body);

/// The answer to a merge or a move: the cart that got the lines, and what a limit left out.
std::string show_merge(std::string_view body);

/// The answer to GET /v1/users/{user}/carts as a table, and how to go on; other JSON as it is.
std::string show_owner_carts(std::string_view body);

/// A user's JSON, one field a line.
std::string show_user(std::string_view body);

/// The answer to GET /v1/outbox: what waits for the store, the journal's state, the dead letters as a table; other JSON
/// as it is.
std::string show_outbox(std::string_view body);

/// An error answer in one line: what its problem document (RFC 9457) says, or the status alone.
std::string show_problem(unsigned status, std::string_view body);

}  // namespace cartd::cartctl
