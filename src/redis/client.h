// A Redis deployment behind one URL: standalone, Sentinel or Cluster. Sends a command to the server that serves its key
// now, and tells how safe what was sent is against a failover.
//
// Threads: a client belongs to one executor and is used, and destroyed, on it alone, or after it has run for the last
// time. The executor's context must outlive the client.
#pragma once

#include "redis/connection/failure.h"
#include "redis/protocol/request.h"
#include "redis/topology/answer.h"
#include "redis/topology/client_observer.h"
#include "redis/topology/client_options.h"
#include "redis/topology/client_status.h"
#include "redis/topology/deployment.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::redis {

class Client {
 public:
  /// Nothing happens before start(). `observer` may be null.
  Client(boost::asio::any_io_executor executor, Deployment deployment, ClientOptions options, ClientObserver* observer);
  /// Whatever is unanswered fails.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Finds the servers and connects, and keeps at it, until stop(). Once.
  void start();
  /// Closes every connection, for good; whatever is unanswered fails. Requests fail from now on.
  void stop();

  using Outcome = boost::system::result<Answer, Failure>;

  /// Sends `request`, whose commands are on keys in the slot of `key`, to the server that serves the key now: together,
  /// in one round trip, with nothing of this client between them. Answers the reply, or, to several commands, an array
  /// with the reply to each; any of them may be an error.
  ///
  /// Follows MOVED and ASK of a Cluster, repeats what TRYAGAIN and READONLY refused, a few times and slower and slower,
  /// until `deadline`: see Repetition. All commands go again together, and only where surely none of them was executed,
  /// or where they only read (see Request::only_reads()): see next_step(). So a reply to several that change something
  /// may hold MOVED beside replies that are none: those commands were executed and this one was not. Every other error
  /// reply is the caller's; it did nothing.
  ///
  /// A failure is never repeated here, and says exactly what Link's does: a redirected command was not executed, so
  /// that a deadline on the way, or the last repetition, is `not_sent`. A reply from a server that has lost the slot
  /// before it came is `outcome_unknown`, because a failover may have lost what it did.
  ///
  /// The answer comes in the turn of the loop that read it: what follows it should not take long.
  boost::asio::awaitable<Outcome> send(std::string_view key, Request request,
                                       std::chrono::steady_clock::time_point deadline);

  /// Whether a command on `key` is likely to be answered soon: its server is known and connected, owes no reply for
  /// longer than the options' patience, and has not just refused a command for its own state (LOADING, CLUSTERDOWN, …).
  /// A late reply or a new connection makes it true again without any attempt.
  bool serves(std::string_view key) const;

  /// The epoch of the server that serves `key` now. 0: none known, or not connected.
  std::uint64_t epoch_of(std::string_view key) const;

  /// Changes placed in `epoch` in checkpoints up to this are safe: no single fault undoes them. 0: none. What was
  /// reached stays reached when an epoch ends.
  ///
  /// Checkpoints: while something was sent that is not safe yet, the client asks the server for its replication offset
  /// (INFO replication) behind the commands, every ClientOptions::safety_interval. A checkpoint is safe when every
  /// replica has acknowledged its offset and the authority (a majority of the Sentinels; the Cluster, as reported by
  /// the node itself), asked after that, stands behind the server. Without a replica, or without an authority,
  /// ClientOptions::retention has to pass. See redis/replication/safety.h.
  std::uint64_t durable_checkpoint(std::uint64_t epoch) const;

  ClientStatus status() const;
  /// For each primary that owns slots and was connected to, a key in one of them that begins with `prefix`, which holds
  /// no brace.
  std::vector<std::string> key_of_each_primary(std::string_view prefix) const;
  /// A slot of each primary, in rising order, connected or not; 0 alone without a Cluster. Empty while a slot has no
  /// owner.
  std::vector<std::uint16_t> slot_of_each_primary() const;
  /// Why `key` is not served; empty when it is. For logs and /readyz: holds no address and no secret.
  std::string last_error(std::string_view key) const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace cartd::redis
