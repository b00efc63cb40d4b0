#include "redis/topology/cluster_report.h"

#include "redis/protocol/info.h"
#include "util/decimal.h"

#include <tuple>
#include <utility>

namespace cartd::redis {
namespace {

// 0 where there is none.
std::uint64_t number_of(std::string_view digits) { return util::parse_number<std::uint64_t>(digits).value_or(0); }

NoClusterReport explain(std::string_view error) {
  if (error.starts_with("ERR This instance has cluster support disabled"))
    return {"the server does not run in cluster mode", true};
  if (error.starts_with("NOPERM")) return {"the Redis user is not permitted to ask for the slots"};
  return {"a node of the Cluster answered an error"};
}

}  // namespace

ClusterState read_cluster_state(std::string_view info) {
  return {info_value(info, "cluster_state") == "ok", number_of(info_value(info, "cluster_current_epoch"))};
}

bool is_current(const ClusterState& report, std::uint64_t epoch) { return report.ok && report.epoch >= epoch; }

bool is_better(const ClusterState& a, const ClusterState& b) {
  return std::tie(a.epoch, a.ok) > std::tie(b.epoch, b.ok);
}

boost::asio::awaitable<boost::system::result<ClusterReport, NoClusterReport>> ask_cluster(
    Link& link, std::string host, bool with_timeout, std::chrono::steady_clock::time_point deadline) {
  ClusterReport report;
  // The state first: a map that is newer than its epoch is at worst asked for again.
  Request state{"CLUSTER", "INFO"};
  const auto state_reply = co_await link.send(std::move(state), deadline);
  if (!state_reply) co_return NoClusterReport{state_reply.error().why};
  if (state_reply->view().is_error()) co_return explain(state_reply->view().text());
  report.state = read_cluster_state(state_reply->view().text());
  Request slots{"CLUSTER", "SLOTS"};
  const auto slots_reply = co_await link.send(std::move(slots), deadline);
  if (!slots_reply) co_return NoClusterReport{slots_reply.error().why};
  if (slots_reply->view().is_error()) co_return explain(slots_reply->view().text());
  auto map = read_cluster_slots(slots_reply->view(), host);
  if (!map) co_return NoClusterReport{map.error()};
  report.map = std::move(*map);
  if (with_timeout) {
    Request timeout{"CONFIG", "GET", "cluster-node-timeout"};
    const auto timeout_reply = co_await link.send(std::move(timeout), deadline);
    if (timeout_reply && timeout_reply->view().size() == 2) {
      const std::uint64_t milliseconds = number_of(timeout_reply->view()[1].text());
      constexpr std::uint64_t longest = 3'600'000;
      if (milliseconds > 0 && milliseconds <= longest) report.node_timeout = std::chrono::milliseconds(milliseconds);
    }
  }
  co_return report;
}

}  // namespace cartd::redis
