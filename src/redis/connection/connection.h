// One connection to a server, from connecting until it is lost: what was received and not read yet, what is written,
// and the greeting.
//
// Threads: like Link, which opens one after the other.
#pragma once

#include "redis/connection/handshake.h"
#include "redis/connection/transport.h"
#include "redis/protocol/reply_reader.h"
#include "redis/protocol/url.h"
#include "runtime/event.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace cartd::redis {

/// Shared by the coroutines that use it: after its loss it is destroyed when the last of them has ended.
struct Connection {
  using Time = std::chrono::steady_clock::time_point;
  /// Of the replies to the greeting. INFO, the longest, has some kilobytes.
  static constexpr std::size_t most_greeting_bytes = std::size_t{1} << 20;

  Connection(boost::asio::any_io_executor executor, const Url& url)
      : transport(make_transport(executor, url)), queued(executor) {}

  std::unique_ptr<Transport> transport;
  ReplyReader replies{most_greeting_bytes};
  std::string output{};
  Event queued;  ///< Wakes the writer: something is queued, or the connection is lost.
  Session session{};
  Time up_at{};
  Time received_at{};
  bool connected = false;  ///< The rest of the attempt is the server's to answer.
  bool lost = false;
};
using ConnectionPtr = std::shared_ptr<Connection>;

/// The sessions of connections that were lost and are not fenced yet: bytes of theirs may still be on their way.
class LostSessions {
 public:
  /// More than one where a name leads to several servers. The oldest makes room.
  static constexpr std::size_t most = 8;

  void add(const Session& session);
  /// The commands that fence off those of the server that runs as `run_id`; in another process the ids are others', and
  /// what was sent to a dead one is gone.
  Request fences(const std::string& run_id) const;
  void forget(const std::string& run_id);

 private:
  std::vector<Session> sessions_{};
};

/// How the attempt is made. All of it outlives the attempt.
struct Attempt {
  const Url& url;
  const std::string& client_name;
  bool password_optional;
  LostSessions& lost;
};

/// Connects, says hello and fences off what may be left of earlier connections. Empty, or what went wrong.
boost::asio::awaitable<std::string> open(ConnectionPtr connection, Attempt attempt);

/// The meaning of a failed read or write, without addresses.
std::string describe(boost::system::error_code error);

}  // namespace cartd::redis
