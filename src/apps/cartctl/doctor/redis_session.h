// A Redis connection for a command-line tool: asks and waits for the answers, on the calling thread.
#pragma once

#include "redis/connection/link.h"

#include <boost/asio/io_context.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <vector>

namespace cartd::doctor {

/// A command: its name and its arguments.
using RedisCommand = std::vector<std::string>;

/// Why a command has no useful reply.
struct RedisFault {
  bool connection;      ///< True: there is no connection, and nothing else will work either.
  std::string why;      ///< For people; holds no secret.
  std::string error{};  ///< The text of the error reply, if it was one.
};

class RedisSession {
 public:
  using Answer = boost::system::result<redis::Reply, RedisFault>;

  /// `password_optional`: a server that refuses the password but serves without one is entered, as Sentinels may be.
  explicit RedisSession(const redis::Url& url, bool password_optional = false);

  /// The reply, or the fault; an error reply is a fault.
  Answer ask(const RedisCommand& command);
  /// Sends all of them together; the answers are in their order.
  std::vector<Answer> ask_all(const std::vector<RedisCommand>& commands);

 private:
  boost::asio::io_context io_;
  redis::Link link_;
};

}  // namespace cartd::doctor
