// One connection to one Redis server, kept alive: the commands queued in one turn of the event loop leave in one
// write, replies are matched in order, a lost connection is opened again by itself.
//
// Threads: a link belongs to one executor and is used, and destroyed, on it alone, or after it has run for the last
// time. The executor's context must outlive the link.
#pragma once

#include "redis/connection/failure.h"
#include "redis/connection/handshake.h"
#include "redis/connection/link_options.h"
#include "redis/connection/link_state.h"
#include "redis/protocol/reply.h"
#include "redis/protocol/request.h"
#include "redis/protocol/url.h"
#include "runtime/completion.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace cartd::redis {

/// Told of what happens to a link, on the link's executor. Must outlive the link.
class LinkObserver {
 public:
  virtual ~LinkObserver() = default;
  /// The state has changed, other than by stop(). `why` is empty when the state is up. May stop the link, but not
  /// destroy it.
  virtual void on_state(LinkState state, const std::string& why) = 0;
};

class Link {
 public:
  /// Nothing happens before start(). `observer` may be null.
  Link(boost::asio::any_io_executor executor, Url url, LinkOptions options, LinkObserver* observer);
  /// Whatever is unanswered fails.
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Connects, and keeps connecting, until stop(). Once.
  void start();
  /// Closes the connection, for good; whatever is unanswered fails. Requests fail from now on.
  void stop();

  LinkState state() const;
  /// Why the link is not up; empty when it is. For logs and /readyz: holds no address and no secret.
  std::string last_error() const;

  /// The server's description of itself when the connection came up; empty while the link is not up.
  Session session() const;
  /// Since when the server owes a reply to the oldest request; the time in which this loop itself stood still is not
  /// the server's.
  std::optional<std::chrono::steady_clock::time_point> unanswered_since() const;

  /// Gives the connection up, if it is up, and makes a new one: its name may lead to another server by now.
  void reconnect(const std::string& why);

  using Outcome = boost::system::result<Reply, Failure>;

  /// Sends the commands of `request` together, in order, with nothing of this link between them. Answers the reply, or,
  /// to several commands, an array with the reply to each. When the link is lost, what was not sent fails too, so that
  /// a request never overtakes an earlier one that has to be repeated; what is sent while connecting waits. At
  /// `deadline` the caller gets a Failure, but what was written stays written and its reply is still awaited and
  /// dropped: a deadline never cancels a command on the wire.
  boost::asio::awaitable<Outcome> send(Request request, std::chrono::steady_clock::time_point deadline);

  /// The same without a coroutine: copies the request's bytes into what is written next, and calls `completion` once,
  /// never before this returns. It may do anything, stopping and destroying the link included.
  void start_send(const Request& request, std::chrono::steady_clock::time_point deadline,
                  Completion<Outcome> completion);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace cartd::redis
