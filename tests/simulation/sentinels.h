// The Sentinels of a run: they fail the primary over, agree on the new one at once, and get to telling it in their
// time.
#pragma once

#include "simulation/network.h"
#include "simulation/replication.h"
#include "simulation/schedule.h"

#include <array>
#include <cstddef>
#include <optional>

namespace cartd::simulation {

class Sentinels {
 public:
  static constexpr int down_after = 20;  ///< They fail a primary over that they have not seen for so long.
  static constexpr int lag = 30;         ///< One names the old primary for so long at most after a failover.

  /// All outlive the Sentinels.
  Sentinels(Schedule& schedule, Network& network, Replication& servers);

  void start() { look_again(); }

  /// The primary that the majority has agreed on.
  std::size_t agreed() const;
  /// What any Sentinel that `node` reaches tells; nothing when it reaches none.
  std::optional<std::size_t> told_to(std::size_t node);
  /// Whether a majority tells `node` that the server is the primary.
  bool confirm(std::size_t node, std::size_t server) const;

  /// The replica that has most of those on this side of a cut becomes the primary.
  void fail_over(int side);
  /// Whoever reaches the primary follows it.
  void rejoin();

  std::size_t failovers() const { return failovers_; }

 private:
  void look_again();
  void agree(std::size_t sentinel, std::size_t primary);

  Schedule& schedule_;
  Network& network_;
  Replication& servers_;
  std::array<std::size_t, sentinel_count> agreed_{};
  std::array<std::size_t, sentinel_count> told_{};
  std::size_t failovers_ = 0;
};

}  // namespace cartd::simulation
