#include "redis/topology/discovery.h"

#include "redis/topology/cluster_report.h"
#include "redis/topology/sentinels.h"

#include <optional>
#include <utility>

namespace cartd::redis {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using Found = boost::system::result<SlotMap, std::string>;

// The host that a node means by an empty name.
std::string host_of(const Url& url) { return url.transport == Url::Transport::unix_socket ? "127.0.0.1" : url.host; }

// To a server that is asked for nothing but the slots. A map of 16384 ranges with some replicas each has a few
// megabytes.
LinkOptions seed_link(const ClientOptions& options) {
  LinkOptions link = options.link;
  link.most_reply_bytes = std::size_t{16} << 20;
  return link;
}

class OneServer final : public Discovery {
 public:
  OneServer(const Deployment& deployment, const ClientOptions& options)
      : server_(endpoint_of(deployment.seeds.front())), retention_(options.retention) {}

  asio::awaitable<Found> find(std::vector<ServerPtr>) override { co_return SlotMap::of_one(server_); }
  asio::awaitable<bool> confirms_primary(ServerPtr) override { co_return true; }
  // No authority would promote a replica: a copy alone makes nothing durable yet.
  SafetyPolicy safety() const override {
    return {.authority = false, .retention_with_copy = retention_, .retention_without_copy = retention_};
  }
  // The URL's server does not change.
  std::chrono::milliseconds interval() const override { return std::chrono::hours(1); }

 private:
  const Endpoint server_;
  const std::chrono::milliseconds retention_;
};

class BySentinels final : public Discovery {
 public:
  BySentinels(asio::any_io_executor executor, const Deployment& deployment, const ClientOptions& options)
      : sentinels_(std::move(executor), deployment, options), options_(options) {}

  void start() override { sentinels_.start(); }
  void stop() override { sentinels_.stop(); }
  asio::awaitable<Found> find(std::vector<ServerPtr>) override {
    auto primary = co_await sentinels_.find();
    if (!primary) co_return Found(boost::system::in_place_error, primary.error());
    co_return SlotMap::of_one(std::move(*primary));
  }
  asio::awaitable<bool> confirms_primary(ServerPtr server) override {
    return sentinels_.majority_names(server->endpoint());
  }
  SafetyPolicy safety() const override {
    return {.authority = true, .retention_without_copy = options_.retention, .authority_lag = options_.sentinel_lag};
  }
  std::chrono::milliseconds interval() const override { return options_.sentinel_interval; }
  std::size_t sentinels_known() const override { return sentinels_.known(); }
  std::size_t sentinels_answering() const override { return sentinels_.answering(); }

 private:
  Sentinels sentinels_;
  const ClientOptions options_;
};

class ByCluster final : public Discovery {
 public:
  ByCluster(asio::any_io_executor executor, const Deployment& deployment, const ClientOptions& options)
      : executor_(std::move(executor)), seeds_(deployment.seeds), options_(options) {}

  void stop() override {
    stopped_ = true;
    if (seed_) seed_->stop();
  }

  asio::awaitable<Found> find(std::vector<ServerPtr> servers) override {
    std::optional<ClusterReport> best;
    std::string why = "no node of the Cluster is known";
    is_no_cluster_ = false;
    const auto judge = [&](boost::system::result<ClusterReport, NoClusterReport> report) {
      if (!report) {
        why = report.error().why;
        is_no_cluster_ = is_no_cluster_ || report.error().is_no_cluster;
        return false;
      }
      if (report->node_timeout) node_timeout_ = report->node_timeout;
      asked_timeout_ = true;
      const bool current = is_current(report->state, epoch_);
      if (current || !best || is_better(report->state, best->state)) best = std::move(*report);
      return current;
    };
    bool current = false;
    for (std::size_t i = 0; i < servers.size() && !current && !stopped_; ++i) {
      auto report = co_await ask_cluster(servers[i]->link(), servers[i]->endpoint().host, !asked_timeout_, deadline());
      current = judge(std::move(report));
    }
    for (std::size_t i = 0; i < seeds_.size() && !current && !stopped_; ++i) {
      seed_ = std::make_shared<Link>(executor_, seeds_[i], seed_link(options_), nullptr);
      seed_->start();
      auto report = co_await ask_cluster(*seed_, host_of(seeds_[i]), !asked_timeout_, deadline());
      seed_->stop();
      current = judge(std::move(report));
    }
    if (!best) co_return Found(boost::system::in_place_error, why);
    epoch_ = best->state.epoch;
    co_return std::move(best->map);
  }

  bool is_no_cluster() const override { return is_no_cluster_; }

  asio::awaitable<bool> confirms_primary(ServerPtr server) override {
    Request state{"CLUSTER", "INFO"};
    const auto state_reply = co_await server->link().send(std::move(state), deadline());
    if (!state_reply || !read_cluster_state(state_reply->view().text()).ok) co_return false;
    Request role{"INFO", "replication"};
    const auto role_reply = co_await server->link().send(std::move(role), deadline());
    co_return role_reply&& read_replication(role_reply->view().text()).role == Role::primary;
  }

  // A node that was cut off still says "ok" for cluster-node-timeout, and had its last word from the others up to half
  // of that before the others' clock starts.
  SafetyPolicy safety() const override {
    constexpr std::chrono::milliseconds default_timeout{15'000};
    return {.authority = true,
            .retention_without_copy = options_.retention,
            .authority_lag = 2 * node_timeout_.value_or(default_timeout)};
  }
  std::chrono::milliseconds interval() const override { return options_.cluster_interval; }

 private:
  Clock::time_point deadline() const { return Clock::now() + options_.discovery_timeout; }

  const asio::any_io_executor executor_;
  const std::vector<Url> seeds_;
  const ClientOptions options_;
  std::shared_ptr<Link> seed_{};  // To the seed that is asked at the moment.
  std::uint64_t epoch_ = 0;
  std::optional<std::chrono::milliseconds> node_timeout_{};
  bool asked_timeout_ = false;
  bool is_no_cluster_ = false;
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<Discovery> make_discovery(asio::any_io_executor executor, const Deployment& deployment,
                                          const ClientOptions& options) {
  switch (deployment.topology) {
    case Topology::sentinel: return std::make_unique<BySentinels>(std::move(executor), deployment, options);
    case Topology::cluster: return std::make_unique<ByCluster>(std::move(executor), deployment, options);
    case Topology::standalone: break;
  }
  return std::make_unique<OneServer>(deployment, options);
}

}  // namespace cartd::redis
