// The first words on a new connection: what the link says, and what it makes of the answers. Pure: the link does the I/O.
#pragma once

#include "redis/info.h"
#include "redis/reply.h"
#include "redis/request.h"
#include "redis/url.h"

#include <boost/system/result.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace cartd::redis {

/// Which server a connection led to, and as which of its clients.
struct Session {
  std::string run_id{};        ///< Of the server's process; empty when it does not tell.
  std::int64_t client_id = 0;  ///< 0 when the server does not tell.
  std::string mode{};          ///< "standalone", "cluster" or "sentinel"; empty when the server does not tell.
  Role role = Role::unknown;
  std::string replication_id{};  ///< Of the server's data; empty when it does not tell.
};

/// AUTH, SELECT, CLIENT SETNAME, CLIENT ID, INFO server, INFO replication, PING, as far as `url` needs them.
Request greeting(const Url& url, const std::string& client_name);

/// What the replies to greeting() mean: a session, or why the server cannot be used, in words of our own: a server's error
/// text may hold addresses. That the server does not permit naming or asking for ids is no reason. With `password_optional`,
/// neither is that it refuses the password, as long as it serves without one.
boost::system::result<Session, std::string> judge_greeting(const Url& url, bool password_optional, std::span<const Reply> replies);

/// Ends what the server still does for the client of a connection that was lost: after the reply, no byte of that connection
/// will be executed any more, however late it arrives.
Request fence(const Session& lost);

}  // namespace cartd::redis
