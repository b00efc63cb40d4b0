// A Redis deployment behind one URL: standalone, Sentinel or Cluster. Sends a command to the server that serves its key now,
// and tells how safe what was sent is against a failover.
//
// Threads: a client belongs to one executor and is used, and destroyed, on it alone, or after it has run for the last time.
// The executor's context must outlive the client.
#pragma once

#include "redis/deployment.h"
#include "redis/link.h"
#include "redis/reply.h"
#include "redis/request.h"

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

/// When, in the life of a server's data, a command was executed. Means something to the client that gave it, to no other.
struct Place {
  /// Stands for a server's process and its replication id (master_replid): as long as both stay, nothing that the server
  /// applied is undone. 0: unknown, because the server does not tell (INFO is not permitted).
  std::uint64_t history = 0;
  /// The safety round that covers the command: see Client::safe_round(). 0: unknown.
  std::uint64_t round = 0;
  /// Where the command was executed because of ASK: the history of the slot's owner. 0: `history` is the owner's.
  std::uint64_t home = 0;

  friend bool operator==(const Place&, const Place&) = default;
};

struct Answer {
  Reply reply;  ///< May be an error reply.
  Place place;
};

struct ClientOptions {
  LinkOptions link{};                              ///< Of the connections to servers.
  std::chrono::milliseconds patience{200};         ///< A server that owes a reply for longer does not serve.
  std::chrono::milliseconds refusal{250};          ///< A server that refused a command for its own state does not serve so long.
  std::chrono::milliseconds safety_interval{250};  ///< Between two safety rounds, while there is something to make safe.
  std::chrono::milliseconds retention{10'000};     ///< How long a change without a copy elsewhere counts as unsafe.
  /// How long the Sentinels may take to tell each other of a failover (they publish every 2 s): a majority that names the
  /// old primary proves nothing before.
  std::chrono::milliseconds sentinel_lag{5000};
  std::chrono::milliseconds discovery_timeout{500};   ///< For one Sentinel's or Cluster node's answer about the topology.
  std::chrono::milliseconds discovery_gap{100};       ///< At least this between two looks at the topology, doubled to one second
                                                      ///< where one look leads to the next …
  std::chrono::milliseconds sentinel_interval{1000};  ///< … and at most this with Sentinels …
  std::chrono::milliseconds cluster_interval{5000};   ///< … or this with a Cluster.
};

/// What a client has been told to do differently, so far.
struct RedirectCounts {
  std::uint64_t moved = 0;      ///< MOVED
  std::uint64_t ask = 0;        ///< ASK
  std::uint64_t try_again = 0;  ///< TRYAGAIN
  std::uint64_t read_only = 0;  ///< READONLY
};

/// One server that owns keys.
struct PrimaryStatus {
  std::string address{};  ///< host:port or a socket's path. Not for /readyz.
  LinkState state = LinkState::connecting;
  bool serves = false;
  std::string why{};             ///< Why it does not serve; empty when it does. No address, no secret.
  std::size_t slots = 0;         ///< Of 16384; all of them without a Cluster.
  std::uint64_t history = 0;     ///< 0: none known.
  std::uint64_t safe_round = 0;  ///< Of that history.
  std::uint64_t last_round = 0;  ///< The newest round that was asked.
};

/// A look at a client, for /readyz, metrics and the doctor.
struct ClientStatus {
  Topology topology = Topology::standalone;  ///< As found, which may not be what the URL says.
  std::vector<PrimaryStatus> primaries{};    ///< Each owner of a slot; not yet connected, and served, where nothing was sent so far.
  std::size_t slots_without_owner = 0;       ///< Of 16384; all of them while no primary is known.
  std::uint64_t map_version = 0;             ///< Rises with every change of who owns what; 0: nothing known yet.
  std::size_t sentinels_known = 0;           ///< Of all the Sentinels that watch the servers …
  std::size_t sentinels_answering = 0;       ///< … those that answered when last asked.
  RedirectCounts redirects{};
  std::uint64_t connections_lost = 0;  ///< Connections to primaries that were up.
  std::string why{};                   ///< Why not everything is served; empty when it is. No address, no secret.
};

/// Told of what happens to a client, on the client's executor. Must outlive the client. May call the client, but not
/// destroy it.
class ClientObserver {
 public:
  virtual ~ClientObserver() = default;
  /// The state of the whole has changed, other than by stop(): up when every key has an owner whose connection is up, down
  /// when an attempt at one of them or at finding them has failed. `why` is empty when the state is up.
  virtual void on_state(LinkState state, const std::string& why) = 0;
  /// The server of a redis:// URL runs in cluster mode: the client treats it as what it is, until one stands there that does not.
  virtual void on_cluster_found() {}
  /// Who owns what has changed: see ClientStatus::map_version. The first time, too.
  virtual void on_primaries(std::uint64_t /*map_version*/) {}
  /// A server lacks this optional command of the greeting, or refuses it: see cost_of_missing() in redis/handshake.h.
  virtual void on_missing(const std::string& /*command*/) {}
  /// A server answered an error that is no part of finding the right server or script (is_routine()). `code` is error_code() of it,
  /// `text` what the server sent, without_arguments().
  virtual void on_error_reply(const std::string& /*code*/, std::string_view /*text*/) {}
  /// safe_round() or history_of() may answer something new.
  virtual void on_safety() {}
};

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

  /// Sends `request`, which is one command, or one MULTI … EXEC, on keys in the slot of `key`, to the server that serves
  /// the key now. Follows MOVED and ASK of a Cluster, repeats what TRYAGAIN and READONLY refused, a few times and slower and slower,
  /// until `deadline`: see Repetition. Every other error reply is the caller's; it did nothing. A failure is never repeated here, and says
  /// exactly what Link's does: a redirected command was not executed, so that a deadline on the way, or the last repetition, is `not_sent`.
  /// A reply from a server that has lost the slot before it came is `outcome_unknown`, because a failover may have lost what it did.
  boost::asio::awaitable<boost::system::result<Answer, Failure>> send(std::string key, Request request,
                                                                      std::chrono::steady_clock::time_point deadline);

  /// Whether a command on `key` is likely to be answered soon: its server is known and connected, owes no reply for longer
  /// than the options' patience, and has not just refused a command for its own state (LOADING, CLUSTERDOWN, …). A late
  /// reply or a new connection makes it true again; nobody needs to try.
  bool serves(std::string_view key) const;

  /// The history of the server that serves `key` now. 0: none known, or not connected.
  std::uint64_t history_of(std::string_view key) const;

  /// Changes placed in `history` in rounds up to this are safe: no single fault undoes them. 0: none. What was reached
  /// stays reached when a history ends.
  ///
  /// Rounds: while something was sent that is not safe yet, the client asks the server for its replication offset (INFO
  /// replication) behind the commands, every ClientOptions::safety_interval. A round is safe when every replica has
  /// acknowledged its offset and the authority (a majority of the Sentinels; the Cluster, in the words of the node itself),
  /// asked after that, stands behind the server. Without a replica, or without an authority, ClientOptions::retention has
  /// to pass. See redis/safety.h.
  std::uint64_t safe_round(std::uint64_t history) const;

  ClientStatus status() const;
  /// For each primary that owns slots and was connected to, a key in one of them that begins with `prefix`, which holds no brace.
  std::vector<std::string> key_of_each_primary(std::string_view prefix) const;
  /// Why `key` is not served; empty when it is. For logs and /readyz: holds no address and no secret.
  std::string last_error(std::string_view key) const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace cartd::redis
