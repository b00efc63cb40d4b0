// The servers of a run, a primary with replicas: what the primary writes reaches them later, and what they have reaches
// its list later still.
#pragma once

#include "redis/protocol/info.h"
#include "simulation/network.h"
#include "simulation/schedule.h"
#include "simulation/server.h"

#include <array>
#include <cstddef>
#include <functional>
#include <utility>

namespace cartd::simulation {

class Replication {
 public:
  /// Told of each connection that a server ends, when its node notices.
  using Ended = std::function<void(const ConnectionPtr&)>;

  /// Server 0 is the primary at first. Both outlive the servers.
  Replication(Schedule& schedule, Network& network);

  void on_ended(Ended ended) { ended_ = std::move(ended); }
  void start() { acknowledge_again(); }

  Server& server(std::size_t number) { return servers_[number]; }
  const Server& server(std::size_t number) const { return servers_[number]; }

  /// The primary has written the cart.
  void replicate(std::size_t primary, const CartId& id);
  /// What INFO replication says; the primary forgets replicas that it has not seen for long.
  redis::Replication info(std::size_t number);

  /// It copies everything from `source` and follows it.
  void follow(std::size_t replica, std::size_t source);
  /// It goes on as a primary, in an epoch of its own.
  void promote(std::size_t replica, std::size_t old_primary);
  void crash(std::size_t number);
  /// With the data that it had.
  void restart_as_primary(std::size_t number);
  void restart_as_replica(std::size_t number, std::size_t primary);

  /// Every server is up and has what `primary` has, but for what is on its way.
  bool all_follow(std::size_t primary) const;

 private:
  void acknowledge(std::size_t replica, std::size_t source);
  void acknowledge_again();
  void end_connections(std::size_t number);

  Schedule& schedule_;
  Network& network_;
  Ended ended_;
  std::array<Server, server_count> servers_{};
  std::uint64_t last_epoch_ = 1;
};

}  // namespace cartd::simulation
