#include "simulation/network.h"

#include <algorithm>
#include <utility>

namespace cartd::simulation {

Network::~Network() {
  for (const ConnectionPtr& connection : connections_) connection->on_the_way.clear();
}

void Network::cut(const Sides& sides) {
  is_cut_ = true;
  sides_ = sides;
}

bool Network::servers_reach(std::size_t a, std::size_t b) const {
  return !is_cut_ || sides_.servers[a] == sides_.servers[b];
}

bool Network::node_reaches(std::size_t node, std::size_t server) const {
  return !is_cut_ || sides_.nodes[node] == Sides::both || sides_.nodes[node] == sides_.servers[server];
}

bool Network::node_reaches_sentinel(std::size_t node, std::size_t sentinel) const {
  return !is_cut_ || sides_.nodes[node] == Sides::both || sides_.nodes[node] == sides_.sentinels[sentinel];
}

bool Network::server_is_on(int side, std::size_t server) const { return !is_cut_ || sides_.servers[server] == side; }

bool Network::sentinel_is_on(int side, std::size_t sentinel) const {
  return !is_cut_ || sides_.sentinels[sentinel] == side;
}

ConnectionPtr Network::connect(std::size_t node, std::size_t server, std::uint64_t epoch) {
  connections_.push_back(std::make_shared<Connection>(Connection{node, server, epoch}));
  return connections_.back();
}

void Network::to_server(const ConnectionPtr& connection, Schedule::Action action) {
  connection->on_the_way.push_back(std::move(action));
  connection->last_at_server = std::max(schedule_.now() + schedule_.between(1, 4), connection->last_at_server);
  schedule_.at(connection->last_at_server, [this, connection] { arrive(connection); });
}

void Network::arrive(const ConnectionPtr& connection) {
  if (connection->ended_by_server) return;
  if (!node_reaches(connection->node, connection->server) || schedule_.chance(3)) {
    schedule_.after(schedule_.between(1, 20), [this, connection] { arrive(connection); });
    return;
  }
  const Schedule::Action action = std::move(connection->on_the_way.front());
  connection->on_the_way.pop_front();
  action();
}

void Network::to_node(const ConnectionPtr& connection, Schedule::Action action) {
  if (!node_reaches(connection->node, connection->server) || schedule_.chance(2)) return;
  connection->last_at_node = std::max(schedule_.now() + schedule_.between(1, 4), connection->last_at_node);
  schedule_.at(connection->last_at_node, [connection, action = std::move(action)] {
    if (!connection->closed_by_node) action();
  });
}

}  // namespace cartd::simulation
