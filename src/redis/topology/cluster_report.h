// One node's report on its Redis Cluster, and which of several reports to believe. Pure except for asking the node.
#pragma once

#include "redis/connection/link.h"
#include "redis/topology/slots.h"

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cartd::redis {

/// CLUSTER INFO
struct ClusterState {
  bool ok = false;  ///< cluster_state:ok: the node hears from most primaries, and every slot it needs is served.
  std::uint64_t epoch = 0;  ///< cluster_current_epoch: rises with every failover that the node heard of.
};
ClusterState read_cluster_state(std::string_view info);

struct ClusterReport {
  ClusterState state{};
  SlotMap map{};
  std::optional<std::chrono::milliseconds> node_timeout{};  ///< cluster-node-timeout, when asked for and permitted.
};

/// Why there is no report.
struct NoClusterReport {
  std::string why{};           ///< No address, no secret.
  bool is_no_cluster = false;  ///< The server says that it runs in no cluster.
};

/// Whether `report` is to be believed without asking any other node, when the newest epoch seen so far is `epoch`.
bool is_current(const ClusterState& report, std::uint64_t epoch);
/// Whether `a` is to be believed rather than `b`.
bool is_better(const ClusterState& a, const ClusterState& b);

/// Asks the node behind `link`, which calls itself `host` and outlives the answer.
boost::asio::awaitable<boost::system::result<ClusterReport, NoClusterReport>> ask_cluster(
    Link& link, std::string host, bool with_timeout, std::chrono::steady_clock::time_point deadline);

}  // namespace cartd::redis
