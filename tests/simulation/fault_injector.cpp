#include "simulation/fault_injector.h"

#include <algorithm>
#include <chrono>

namespace cartd::simulation {

void FaultInjector::start() {
  deployment_.schedule.at(deployment_.schedule.between(5, 40), [this] { inject(); });
}

bool FaultInjector::is_healed() const {
  return !deployment_.network.is_cut() && deployment_.servers.all_follow(deployment_.sentinels.agreed()) &&
         std::all_of(nodes_.begin(), nodes_.end(), [](const auto& node) { return node->is_up(); });
}

void FaultInjector::inject() {
  Schedule& schedule = deployment_.schedule;
  if (schedule.now() > last_fault) return;
  if (!is_healed()) return schedule.after(5, [this] { inject(); });
  const int pause = schedule.between(20, 60);
  const std::size_t primary = deployment_.sentinels.agreed();
  switch (schedule.between(0, 6)) {
    case 0:
    case 1: cut(primary, schedule.between(10, 150)); break;
    case 2: crash(primary); break;
    case 3: scenario_.fails_over ? deployment_.sentinels.fail_over(0) : lose_connections(); break;
    case 4: disturb_node(); break;
    case 5: hang_disk(); break;
    default: lose_connections();
  }
  schedule.after(pause, [this] { inject(); });
}

void FaultInjector::cut(std::size_t primary, int duration) {
  Schedule& schedule = deployment_.schedule;
  schedule.trace("server ", primary, " is cut off");
  Sides sides;
  sides.servers.fill(1);
  sides.servers[primary] = 0;
  if (schedule.chance(60)) sides.servers[(primary + 1 + schedule.below(server_count - 1)) % server_count] = 0;
  sides.sentinels.fill(1);
  if (schedule.chance(60)) sides.sentinels[schedule.below(sentinel_count)] = 0;
  for (int& side : sides.nodes) side = schedule.between(0, Sides::both);
  deployment_.network.cut(sides);
  schedule.after(Sentinels::down_after, [this, id = ++cuts_] {
    if (scenario_.fails_over && deployment_.network.is_cut() && id == cuts_) deployment_.sentinels.fail_over(1);
  });
  schedule.after(duration, [this] {
    deployment_.network.heal();
    deployment_.schedule.trace("the network heals");
    deployment_.schedule.after(deployment_.schedule.between(1, 8), [this] { deployment_.sentinels.rejoin(); });
  });
}

void FaultInjector::crash(std::size_t server) {
  Schedule& schedule = deployment_.schedule;
  deployment_.servers.crash(server);
  int downtime = schedule.between(5, 40);
  if (scenario_.fails_over) {
    schedule.after(Sentinels::down_after, [this] { deployment_.sentinels.fail_over(0); });
    downtime += Sentinels::down_after;
  }
  schedule.after(downtime, [this, server] { restart(server); });
}

void FaultInjector::restart(std::size_t server) {
  const std::size_t primary = deployment_.sentinels.agreed();
  if (primary == server) deployment_.servers.restart_as_primary(server);
  else deployment_.servers.restart_as_replica(server, primary);
}

// A clock that was wrong is set right, or the other way, or the node dies. One without a journal forgets what only it
// knows, so that it does not die where the store may forget it too.
void FaultInjector::disturb_node() {
  Schedule& schedule = deployment_.schedule;
  Node& node = *nodes_[schedule.below(node_count)];
  node.jump_clock(std::chrono::hours(schedule.chance(50) ? 1 : -1));
  if (node.disk() || !scenario_.fails_over) node.crash(schedule.between(5, 30));
}

void FaultInjector::lose_connections() {
  for (const auto& node : nodes_)
    if (deployment_.schedule.chance(70)) node->link().lose();
}

void FaultInjector::hang_disk() {
  Schedule& schedule = deployment_.schedule;
  Node& node = *nodes_[schedule.below(node_count)];
  if (node.disk()) node.disk()->hang(schedule.between(10, 60));
}

}  // namespace cartd::simulation
