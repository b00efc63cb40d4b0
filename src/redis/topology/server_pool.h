// Knows which server of a deployment serves a slot now, and keeps knowing it: looks again when a server is lost, when a
// redirect or a refusal tells that something has changed, and every now and then.
//
// Threads: like Link. A directory keeps itself alive from start() to stop().
#pragma once

#include "redis/replication/durable_checkpoints.h"
#include "redis/topology/client_observer.h"
#include "redis/topology/client_options.h"
#include "redis/topology/client_status.h"
#include "redis/topology/deployment.h"
#include "redis/topology/discovery.h"
#include "redis/topology/disputes.h"
#include "redis/topology/look_pace.h"
#include "redis/topology/routes.h"
#include "redis/topology/server.h"
#include "runtime/event.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::redis {

/// Why a command is not executed that servers redirect to each other without end.
inline constexpr const char* in_a_circle = "the servers keep redirecting the command";

/// Whether a command can be sent to a server now.
enum class Turn {
  go,
  wait,  ///< Not now, but what comes next is already under way: see ServerPool::changed().
  fail,  ///< The last attempt at it has failed.
};

class ServerPool final : public ServerOwner, public std::enable_shared_from_this<ServerPool> {
 public:
  ServerPool(boost::asio::any_io_executor executor, Deployment deployment, ClientOptions options,
             ClientObserver* observer);

  void start();
  void stop();
  bool stopped() const { return stopped_; }

  /// As found, which may not be what the URL said.
  Topology topology() const { return deployment_.topology; }
  /// The slot of a key whose hash slot is `hash`: one for all keys without a Cluster.
  std::uint16_t slot_of(std::uint16_t hash) const { return topology() == Topology::cluster ? hash : std::uint16_t{0}; }
  /// Null: none is known.
  ServerPtr owner(std::uint16_t slot) const { return routes_.owner(slot); }
  std::vector<std::string> key_of_each_owner(std::string_view prefix) const {
    return routes_.key_of_each_owner(prefix);
  }
  /// The server that ASK or MOVED names, for one attempt; connected when it is new. Null: too many are in use.
  ServerPtr server_at(const Endpoint& endpoint) {
    return routes_.server_at(endpoint, deployment_, discovery_->safety());
  }

  /// Connects `server`, if it is not yet.
  Turn turn_of(const ServerPtr& server);
  /// Why the slot is not served now; empty when it is.
  std::string why_not(std::uint16_t slot) const;
  /// Why `server` (null: none is known) cannot be used.
  std::string why_failed(const ServerPtr& server) const;

  /// Raised when turn_of() or owner() may have changed.
  Event& changed() { return changed_; }

  /// MOVED, of a Cluster: the slot belongs to this server from now on, unless that was said before and something else
  /// since.
  void learn_owner(std::uint16_t slot, const Endpoint& endpoint);
  /// MOVED, of the server of a redis:// URL, which did not say that it runs in cluster mode. Asks it, and from then on
  /// treats it as what it is: topology() and changed() tell. False when it was asked lately and is none.
  bool may_be_cluster(const ServerPtr& server);
  /// A command on the slot goes in a circle; or was executed. See Disputes.
  void dispute(std::uint16_t slot);
  void agree(std::uint16_t slot) { disputes_.end(slot); }
  /// Whether commands on the slot stay away for that now.
  bool is_disputed(std::uint16_t slot) const;
  /// Something does not fit what is known: looks again soon, once for any number of calls.
  void look_soon();
  /// Until `until`, whatever changes meanwhile, or stop().
  boost::asio::awaitable<void> pause(std::chrono::steady_clock::time_point until) { return stopping_.wait(until); }
  /// READONLY: the server is no primary any more.
  void leave_replica(const ServerPtr& server);

  std::uint64_t durable_checkpoint(std::uint64_t epoch) const { return durable_checkpoints_.of(epoch); }
  /// Everything but the redirects.
  ClientStatus status() const;

 private:
  void on_link(Server& server, LinkState before, LinkState after) override;
  void on_report(Server& server) override;
  void on_missing(const std::string& command) override;
  void on_error_reply(std::string_view text) override;
  boost::asio::awaitable<bool> confirms_primary(ServerPtr server) override;

  static boost::asio::awaitable<void> look(std::shared_ptr<ServerPool> self);
  std::vector<ServerPtr> discovery_order();
  boost::asio::awaitable<void> pause_between_looks();
  void adopt(SlotMap map);
  static boost::asio::awaitable<void> ask_whether_cluster(std::shared_ptr<ServerPool> self, ServerPtr server);
  void treat_as(Deployment deployment);
  void treat_as_cluster();
  bool was_standalone() const;

  bool is_owner(const Server& server) const;
  std::string role_mismatch(const Server& server) const;
  std::string why_not(const Server& server) const;
  std::string why_no_owner() const;
  void judge_state();

  const boost::asio::any_io_executor executor_;
  const Deployment given_;  ///< As the URL has it.
  Deployment deployment_;   ///< As found.
  const ClientOptions options_;
  ClientObserver* observer_;
  Routes routes_;
  std::shared_ptr<Discovery> discovery_;

  Event changed_;
  Event stopping_;
  Event look_wanted_;
  bool wants_look_ = false;
  LookPace pace_;
  bool looked_ = false;
  std::string look_error_{};  ///< Why the last look found nothing.
  ServerPtr informed_{};      ///< Knows best: a redirect led to it.
  bool asks_whether_cluster_ = false;
  unsigned no_clusters_ = 0;                               ///< Times in a row that the answer was no …
  std::chrono::steady_clock::time_point asks_again_at_{};  ///< … and when the next MOVED is a reason to ask again.
  std::mt19937_64 random_;

  Disputes disputes_{};
  LinkState state_ = LinkState::connecting;
  std::uint64_t connections_lost_ = 0;
  std::chrono::steady_clock::time_point left_replica_at_{};
  DurableCheckpoints durable_checkpoints_{};
  bool stopped_ = false;
};

}  // namespace cartd::redis
