#include "simulation/replication.h"

#include <algorithm>

namespace cartd::simulation {
namespace {

constexpr int replica_timeout = 60;  // A primary forgets a replica that it has not seen for so long.
constexpr int acknowledge_interval = 15;

}  // namespace

Replication::Replication(Schedule& schedule, Network& network) : schedule_(schedule), network_(network) {
  servers_[0].primary = true;
  for (std::size_t i = 1; i < server_count; ++i) {
    servers_[i].follows = 0;
    servers_[0].replicas[i] = {0, 0};
  }
}

void Replication::replicate(std::size_t primary, const CartId& id) {
  Server& from = servers_[primary];
  ++from.offset;
  for (std::size_t i = 0; i < server_count; ++i) {
    Server& replica = servers_[i];
    if (replica.follows != primary || !replica.up) continue;
    replica.behind |= !network_.servers_reach(primary, i);
    if (replica.behind) continue;
    const int delay = schedule_.between(1, schedule_.chance(10) ? 25 : 5);
    replica.last_arrival = std::max(replica.last_arrival, schedule_.now() + delay);
    schedule_.at(replica.last_arrival,
                 [this, i, primary, id, cart = from.carts.at(id), offset = from.offset, epoch = from.epoch] {
                   Server& to = servers_[i];
                   if (!to.up || to.follows != primary || to.epoch != epoch || offset <= to.offset) return;
                   // The stream breaks where something is missing; the replica is brought up to date when it is seen
                   // again.
                   to.behind |= offset != to.offset + 1 || !network_.servers_reach(primary, i);
                   if (to.behind) return;
                   to.carts.insert_or_assign(id, cart);
                   to.offset = offset;
                   acknowledge(i, primary);
                 });
  }
}

void Replication::acknowledge(std::size_t replica, std::size_t source) {
  schedule_.after(schedule_.between(1, 3),
                  [this, replica, source, offset = servers_[replica].offset, epoch = servers_[replica].epoch] {
                    Server& primary = servers_[source];
                    if (!primary.primary || primary.epoch != epoch || !network_.servers_reach(source, replica)) return;
                    Server::Replica& listed = primary.replicas[replica];
                    listed.acknowledged = std::max(listed.acknowledged, offset);
                  });
}

void Replication::acknowledge_again() {
  for (std::size_t i = 0; i < server_count; ++i)
    if (servers_[i].up && servers_[i].follows) acknowledge(i, *servers_[i].follows);
  schedule_.after(acknowledge_interval, [this] { acknowledge_again(); });
}

redis::Replication Replication::info(std::size_t number) {
  Server& server = servers_[number];
  redis::Replication says;
  says.role = server.primary ? redis::Role::primary : redis::Role::replica;
  says.offset = server.offset;
  for (auto replica = server.replicas.begin(); replica != server.replicas.end();) {
    const bool seen = network_.servers_reach(number, replica->first) && servers_[replica->first].up;
    if (seen) replica->second.seen = schedule_.now();
    if (schedule_.now() - replica->second.seen > replica_timeout) {
      replica = server.replicas.erase(replica);
    } else {
      says.acknowledged.push_back(replica->second.acknowledged);
      ++replica;
    }
  }
  says.announced = says.acknowledged.size();
  return says;
}

void Replication::follow(std::size_t replica, std::size_t source) {
  schedule_.trace("server ", replica, " follows ", source);
  Server& server = servers_[replica];
  Server& primary = servers_[source];
  server.primary = false;
  server.follows = source;
  server.carts = primary.carts;
  server.offset = primary.offset;
  server.epoch = primary.epoch;
  server.behind = false;
  server.replicas.clear();
  primary.replicas[replica] = {server.offset, schedule_.now()};
  end_connections(replica);
}

void Replication::promote(std::size_t replica, std::size_t old_primary) {
  Server& promoted = servers_[replica];
  promoted.primary = true;
  promoted.follows.reset();
  promoted.epoch = ++last_epoch_;
  promoted.replicas.clear();
  if (network_.servers_reach(old_primary, replica)) servers_[old_primary].replicas.erase(replica);  // It leaves openly.
}

void Replication::crash(std::size_t number) {
  schedule_.trace("server ", number, " crashes");
  servers_[number].up = false;
  servers_[number].primary = false;
  end_connections(number);
}

void Replication::restart_as_primary(std::size_t number) {
  servers_[number].up = true;
  servers_[number].primary = true;
}

void Replication::restart_as_replica(std::size_t number, std::size_t primary) {
  servers_[number].up = true;
  follow(number, primary);
}

bool Replication::all_follow(std::size_t primary) const {
  const Server& first = servers_[primary];
  return first.primary && std::all_of(servers_.begin(), servers_.end(), [&](const Server& one) {
           return one.up && (&one == &first || (one.follows == primary && one.epoch == first.epoch));
         });
}

void Replication::end_connections(std::size_t number) {
  for (const ConnectionPtr& connection : network_.connections()) {
    if (connection->server != number || connection->ended_by_server) continue;
    connection->ended_by_server = true;
    network_.to_node(connection, [this, connection] { ended_(connection); });
  }
}

}  // namespace cartd::simulation
