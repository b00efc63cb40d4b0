// The Lua scripts, and how they are called: EVALSHA, and EVAL once when the server does not know the script yet.
#pragma once

#include "redis/client.h"
#include "redis/protocol/reply.h"

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace cartd {

struct Script {
  std::string_view text;
  std::string sha;  ///< SHA-1 of the text, in lower-case hexadecimal: the name under which Redis keeps it.
};

/// Edits to one cart, if it is still what they were decided on: commit.lua.
const Script& commit_script();
/// The commonest of these edits in fewer steps: quantity.lua.
const Script& quantity_script();
/// Pieces for one line of a cart whose record is not known: add.lua.
const Script& add_script();
/// Both hashes of a cart: load.lua.
const Script& load_script();
/// An entry in an owner's list of carts: list_cart.lua.
const Script& list_cart_script();
/// Entries out of such a list that are wrong: unlist_carts.lua.
const Script& unlist_carts_script();
/// One user, written as a whole or in part: write_user.lua.
const Script& write_user_script();
/// Whether the server lets cartd do what a change needs: check.lua. See store/redis/access.h.
const Script& check_script();

/// A script's keys and arguments; what the views point to must live until the answer.
struct ScriptArguments {
  std::vector<std::string_view> keys;
  std::vector<std::string_view> arguments;
};

/// Answers the script's reply, which may be an error reply; with `after`, commands that are sent behind it, an array
/// with the script's reply first. All keys lie in the first one's slot. `arguments` must live until the answer.
boost::asio::awaitable<boost::system::result<redis::Answer, redis::Failure>> run_script(
    redis::Client& client, const Script& script, const ScriptArguments& arguments,
    std::chrono::steady_clock::time_point deadline, redis::Request after = {});

}  // namespace cartd
