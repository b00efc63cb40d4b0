#include "apps/cartctl/doctor/deployment_probe.h"

#include "apps/cartctl/doctor/redis_session.h"
#include "apps/cartctl/doctor/server_probe.h"
#include "redis/protocol/endpoint.h"
#include "redis/protocol/info.h"
#include "redis/topology/cluster_report.h"
#include "redis/topology/sentinel_replies.h"
#include "redis/topology/slots.h"
#include "util/decimal.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace cartd::doctor {
namespace {

using redis::Endpoint, redis::ReplyView, redis::Topology, redis::Url;

constexpr std::size_t most_sentinels = 64;

// The value that follows `name` in a flat list of names and values.
std::string_view field(ReplyView list, std::string_view name) {
  for (std::size_t i = 0; i + 1 < list.size(); i += 2)
    if (list[i].text() == name) return list[i + 1].text();
  return {};
}

// 0 where there is none.
std::uint64_t number_of(std::string_view digits) { return util::parse_number<std::uint64_t>(digits).value_or(0); }

bool has_flag(std::string_view flags, std::string_view flag) {
  return ("," + std::string(flags) + ",").find("," + std::string(flag) + ",") != std::string::npos;
}

bool is_down(std::string_view flags) {
  return has_flag(flags, "s_down") || has_flag(flags, "o_down") || has_flag(flags, "disconnected");
}

std::string address_of(const Url& url) { return redis::printable(redis::endpoint_of(url)); }

std::vector<WatchedReplica> read_replicas(ReplyView list) {
  std::vector<WatchedReplica> replicas;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const ReplyView one = list[i];
    replicas.push_back({std::string(field(one, "ip")) + ":" + std::string(field(one, "port")),
                        !is_down(field(one, "flags")), field(one, "master-link-status") == "ok",
                        field(one, "slave-priority") != "0"});
  }
  return replicas;
}

/// Asks every Sentinel that it knows or gets to know.
class SentinelRound {
 public:
  explicit SentinelRound(const redis::Deployment& deployment) : master_(deployment.master), open_(deployment.seeds) {
    while (!open_.empty() && sentinels_.size() < most_sentinels) {
      const Url url = open_.front();
      open_.erase(open_.begin());
      ask(url);
    }
  }

  std::vector<Sentinel> take_sentinels() { return std::move(sentinels_); }
  std::optional<Endpoint> primary() const { return redis::choose_primary(reports_); }

 private:
  void ask(const Url& url) {
    RedisSession session(url, true);
    const auto id = session.ask({"SENTINEL", "MYID"});
    if (id) {
      // Two URLs may lead to one.
      if (const std::string text = redis::read_sentinel_id(id->view()); !text.empty() && !ids_.insert(text).second)
        return;
    }
    sentinels_.push_back({address_of(url), look(session, url)});
  }

  Looked<SentinelReport> look(RedisSession& session, const Url& url) {
    auto answers = session.ask_all({{"SENTINEL", "MASTER", master_},
                                    {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", master_},
                                    {"SENTINEL", "SENTINELS", master_},
                                    {"SENTINEL", "REPLICAS", master_}});
    for (std::size_t i = 0; i < 3; ++i)
      if (!answers[i])
        return answers[i].error().connection ? redis::of_a_sentinel(answers[i].error().why) : answers[i].error().why;
    const ReplyView state = answers[0]->view();
    redis::SentinelReport said{
        {}, redis::read_primary_address(answers[1]->view()), redis::read_config_epoch(state), {}};
    for (const auto& [other, endpoint] : redis::read_other_sentinels(answers[2]->view())) learn(url, other, endpoint);
    SentinelReport report;
    report.quorum = number_of(field(state, "quorum"));
    report.down_after = std::chrono::milliseconds(number_of(field(state, "down-after-milliseconds")));
    if (said.primary) report.primary = redis::printable(*said.primary);
    report.primary_down = is_down(field(state, "flags"));
    if (answers[3]) report.replicas = read_replicas(answers[3]->view());
    else report.replicas = answers[3].error().why;
    reports_.push_back(std::move(said));
    return report;
  }

  void learn(const Url& url, const std::string& id, const Endpoint& endpoint) {
    const std::string address = redis::printable(endpoint);
    const auto is_there = [&](const Url& open) { return address_of(open) == address; };
    const auto was_there = [&](const Sentinel& asked) { return asked.address == address; };
    if (ids_.contains(id) || std::any_of(open_.begin(), open_.end(), is_there) ||
        std::any_of(sentinels_.begin(), sentinels_.end(), was_there))
      return;
    Url other = url;
    other.host = endpoint.host;
    other.port = endpoint.port;
    open_.push_back(std::move(other));
  }

  const std::string master_;
  std::vector<Url> open_;
  std::vector<Sentinel> sentinels_{};
  std::vector<redis::SentinelReport> reports_{};
  std::set<std::string> ids_{};
};

struct Slots {
  redis::ClusterState state{};
  redis::SlotMap map{};
};

Looked<Slots> look_slots(RedisSession& session, const std::string& host) {
  auto answers = session.ask_all({{"CLUSTER", "INFO"}, {"CLUSTER", "SLOTS"}});
  for (const auto& answer : answers)
    if (!answer) return answer.error().why;
  auto map = redis::read_cluster_slots(answers[1]->view(), host);
  if (!map) return map.error();
  return Slots{redis::read_cluster_state(answers[0]->view().text()), std::move(*map)};
}

Looked<bool> look_state(const Url& url) {
  RedisSession session(url);
  const auto answer = session.ask({"CLUSTER", "INFO"});
  if (!answer) return answer.error().why;
  return redis::read_cluster_state(answer->view().text()).ok;
}

class Survey {
 public:
  Survey(redis::Deployment deployment, std::uint64_t most_carts, const std::function<void(std::uint64_t)>& progress)
      : deployment_(std::move(deployment)), most_carts_(most_carts), progress_(progress) {}

  Looked<Examined> examined() {
    if (deployment_.topology == Topology::standalone) {
      if (const auto why = recognize()) return *why;
    }
    switch (deployment_.topology) {
      case Topology::sentinel: return by_sentinels();
      case Topology::cluster: return by_cluster();
      case Topology::standalone: break;
    }
    Examined examined{Topology::standalone};
    add_primary(examined, redis::endpoint_of(deployment_.seeds.front()));
    return examined;
  }

 private:
  // A server that runs in cluster mode is used as a Cluster. Answers why it cannot be asked, if so.
  std::optional<std::string> recognize() {
    RedisSession session(deployment_.seeds.front());
    const auto info = session.ask({"INFO", "server"});
    if (!info && info.error().connection) return info.error().why;
    if (!info) return std::nullopt;
    // Valkey 8 gave the line a name of its own.
    const std::string_view text = info->view().text();
    if (redis::info_value(text, "redis_mode") != "cluster" && redis::info_value(text, "server_mode") != "cluster")
      return std::nullopt;
    deployment_.topology = Topology::cluster;
    if (deployment_.entry.transport == Url::Transport::unix_socket) deployment_.entry.transport = Url::Transport::tcp;
    return std::nullopt;
  }

  Looked<Examined> by_sentinels() {
    SentinelRound round(deployment_);
    Examined examined{.topology = Topology::sentinel, .sentinels = round.take_sentinels()};
    const auto silent = [](const Sentinel& sentinel) { return !sentinel.report; };
    if (std::all_of(examined.sentinels.begin(), examined.sentinels.end(), silent))
      return examined.sentinels.front().report.error();
    if (const auto primary = round.primary()) add_primary(examined, *primary);
    return examined;
  }

  // The report of the node that knows best.
  Looked<Examined> by_cluster() {
    std::optional<Slots> best;
    std::string why;
    for (const Url& seed : deployment_.seeds) {
      RedisSession session(seed);
      auto slots = look_slots(session, seed.transport == Url::Transport::unix_socket ? "127.0.0.1" : seed.host);
      if (!slots) why = slots.error();
      else if (!best || redis::is_better(slots->state, best->state)) best = std::move(*slots);
    }
    if (!best) return why;
    Examined examined{.topology = Topology::cluster,
                      .cluster = ClusterFacts{best->map.slots_of(redis::SlotMap::no_owner), {}}};
    for (std::size_t i = 0; i < best->map.servers().size(); ++i) {
      if (best->map.slots_of(i) == 0) continue;
      const Endpoint& endpoint = best->map.servers()[i];
      examined.cluster->primaries.push_back(
          {redis::printable(endpoint), look_state(redis::url_of(deployment_, endpoint))});
      add_primary(examined, endpoint);
    }
    return examined;
  }

  void add_primary(Examined& examined, const Endpoint& endpoint) {
    examined.primaries.push_back(
        {redis::printable(endpoint), examine_server(redis::url_of(deployment_, endpoint), most_carts_, progress_)});
  }

  redis::Deployment deployment_;
  const std::uint64_t most_carts_;
  const std::function<void(std::uint64_t)>& progress_;
};

}  // namespace

Looked<Examined> examine(redis::Deployment deployment, std::uint64_t most_carts,
                         const std::function<void(std::uint64_t)>& progress) {
  return Survey(std::move(deployment), most_carts, progress).examined();
}

}  // namespace cartd::doctor
