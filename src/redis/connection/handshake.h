// The first words on a new connection: what the link says, and what it makes of the answers. Pure: the link does the
// I/O.
#pragma once

#include "redis/protocol/info.h"
#include "redis/protocol/reply.h"
#include "redis/protocol/request.h"
#include "redis/protocol/url.h"

#include <boost/system/result.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::redis {

/// Which server a connection led to, and as which of its clients.
struct Session {
  std::string run_id{};        ///< Of the server's process; empty when it does not tell.
  std::int64_t client_id = 0;  ///< 0 when the server does not tell.
  std::string mode{};          ///< "standalone", "cluster" or "sentinel"; empty when the server does not tell.
  Role role = Role::unknown;
  std::string replication_id{};  ///< Of the server's data; empty when it does not tell.
  /// The optional commands of the greeting that the server refused or had no use for: "CLIENT SETNAME", "CLIENT ID",
  /// "INFO".
  std::vector<std::string> missing{};
};

/// The cost of going without this optional command, which the server refused. One clause for logs and the
/// doctor.
const char* cost_of_missing(std::string_view command);

/// AUTH, SELECT, CLIENT SETNAME, CLIENT ID, INFO server, INFO replication, PING, as far as `url` needs them.
Request greeting(const Url& url, const std::string& client_name);

/// The meaning of the replies to greeting(): a session, or why the server cannot be used, in our own words: a server's
/// error text may hold addresses. Only a refused password, user or database ends the attempt, a server that loads its
/// data or takes no clients, and what is no Redis server: what else it refuses, in whatever words, is optional. With
/// `password_optional`, a refused password is no reason, as long as the server serves without one.
boost::system::result<Session, std::string> judge_greeting(const Url& url, bool password_optional,
                                                           std::span<const Reply> replies);

/// Ends what the server still does for the client of a connection that was lost: after the reply, no byte of that
/// connection will be executed any more, however late it arrives.
Request fence(const Session& lost);

}  // namespace cartd::redis
