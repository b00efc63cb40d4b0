#include "simulation/sentinels.h"

#include <algorithm>
#include <vector>

namespace cartd::simulation {
namespace {

constexpr int look_interval = 15;

}  // namespace

Sentinels::Sentinels(Schedule& schedule, Network& network, Replication& servers)
    : schedule_(schedule), network_(network), servers_(servers) {}

std::size_t Sentinels::agreed() const {
  for (std::size_t i = 0; i < server_count; ++i)
    if (2 * static_cast<std::size_t>(std::count(agreed_.begin(), agreed_.end(), i)) > sentinel_count) return i;
  return 0;
}

std::optional<std::size_t> Sentinels::told_to(std::size_t node) {
  std::vector<std::size_t> reports;
  for (std::size_t i = 0; i < sentinel_count; ++i)
    if (network_.node_reaches_sentinel(node, i)) reports.push_back(told_[i]);
  if (reports.empty()) return std::nullopt;
  return reports[schedule_.below(reports.size())];
}

bool Sentinels::confirm(std::size_t node, std::size_t server) const {
  std::size_t confirming = 0;
  for (std::size_t i = 0; i < sentinel_count; ++i)
    confirming += network_.node_reaches_sentinel(node, i) && told_[i] == server;
  return 2 * confirming > sentinel_count;
}

void Sentinels::fail_over(int side) {
  const std::size_t old = agreed();
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < server_count; ++i) {
    const Server& server = servers_.server(i);
    if (i == old || !server.up || server.follows != old || !network_.server_is_on(side, i)) continue;
    if (!best || server.offset > servers_.server(*best).offset) best = i;
  }
  if (!best) return;
  ++failovers_;
  schedule_.trace("failover from ", old, " at ", servers_.server(old).offset, " to ", *best, " at ",
                  servers_.server(*best).offset);
  servers_.promote(*best, old);
  for (std::size_t i = 0; i < sentinel_count; ++i)
    if (network_.sentinel_is_on(side, i)) agree(i, *best);
  schedule_.after(schedule_.between(1, 6), [this] { rejoin(); });
}

void Sentinels::rejoin() {
  const std::size_t primary = agreed();
  if (!servers_.server(primary).up) return;
  for (std::size_t i = 0; i < server_count; ++i) {
    const Server& server = servers_.server(i);
    if (i == primary || !server.up || !network_.servers_reach(i, primary)) continue;
    if (server.behind || server.epoch != servers_.server(primary).epoch || server.follows != primary)
      servers_.follow(i, primary);
  }
  if (network_.is_cut()) return;
  for (std::size_t i = 0; i < sentinel_count; ++i) agree(i, primary);
}

void Sentinels::look_again() {
  if (!network_.is_cut()) rejoin();
  schedule_.after(look_interval, [this] { look_again(); });
}

void Sentinels::agree(std::size_t sentinel, std::size_t primary) {
  if (agreed_[sentinel] == primary) return;
  agreed_[sentinel] = primary;
  schedule_.after(schedule_.between(0, lag), [this, sentinel] { told_[sentinel] = agreed_[sentinel]; });
}

}  // namespace cartd::simulation
