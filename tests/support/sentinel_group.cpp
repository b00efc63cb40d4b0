#include "support/sentinel_group.h"

#include "support/holds.h"
#include "support/replication.h"
#include "support/wait_until.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

namespace cartd::test {
namespace {

constexpr std::chrono::minutes patience{1};

void expect(bool happened, const char* what) {
  if (!happened) throw std::runtime_error(std::string("Sentinel group: not in time: ") + what);
}

bool says(RedisServer& server, const std::string& section, const std::string& line) {
  return holds([&] {
    return server.awake() && server.probe().text({"INFO", section}).find(line) != std::string::npos;
  });
}

std::string field(const RedisValue& list, const std::string& name) {
  for (std::size_t i = 0; i + 1 < list.elements.size(); i += 2) {
    if (list.elements[i].text == name) return list.elements[i + 1].text;
  }
  return {};
}

}  // namespace

SentinelGroup::SentinelGroup(SentinelGroupOptions options) : options_(std::move(options)) {
  if (options_.tls) certificates_ = make_certificates(folder_.path() / "tls", "IP:127.0.0.1,DNS:localhost");
  std::vector<std::string> common = options_.arguments;
  common.insert(common.end(), {"--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"});
  if (!options_.password.empty()) common.insert(common.end(), {"--masterauth", options_.password});
  if (options_.tls) common.insert(common.end(), {"--tls-replication", "yes"});
  if (options_.asks_for_certificates) common.insert(common.end(), {"--tls-auth-clients", "yes"});
  for (std::size_t i = 0; i <= options_.replicas; ++i) {
    RedisServerOptions server{.binary = options_.binary,
                              .address = address_of(i),
                              .password = options_.password,
                              .arguments = common,
                              .certificates = certificates_};
    if (i > 0)
      server.arguments.insert(server.arguments.end(), {"--replicaof", servers_[0]->address() + " " +
                                                                          std::to_string(public_port(*servers_[0]))});
    servers_.push_back(std::make_unique<RedisServer>(std::move(server)));
  }
  const std::string in_sync = "connected_slaves:" + std::to_string(options_.replicas);
  expect(wait_until(
             [&] {
               return says(*servers_[0], "replication", in_sync) &&
                      std::all_of(servers_.begin() + 1, servers_.end(), [](const auto& replica) {
                        return says(*replica, "replication", "master_link_status:up");
                      });
             },
             patience),
         "replicas in sync");

  const std::string monitored = name;
  const std::string quorum = std::to_string(options_.sentinels / 2 + 1);
  std::string config = "sentinel monitor " + monitored + " " + servers_[0]->address() + " " +
                       std::to_string(public_port(*servers_[0])) + " " + quorum + "\n" +
                       "sentinel down-after-milliseconds " + monitored + " " +
                       std::to_string(options_.down_after.count()) + "\n" + "sentinel failover-timeout " + monitored +
                       " 6000\n" + "sentinel parallel-syncs " + monitored + " 8\n";
  if (!options_.password.empty()) config += "sentinel auth-pass " + monitored + " " + options_.password + "\n";
  if (!options_.sentinel_password.empty()) config += "sentinel sentinel-pass " + options_.sentinel_password + "\n";
  std::vector<std::string> as_sentinel = {"--sentinel"};
  if (options_.tls) as_sentinel.insert(as_sentinel.end(), {"--tls-replication", "yes"});
  if (options_.asks_for_certificates) as_sentinel.insert(as_sentinel.end(), {"--tls-auth-clients", "yes"});
  for (std::size_t i = 0; i < options_.sentinels; ++i) {
    sentinels_.push_back(std::make_unique<RedisServer>(RedisServerOptions{.binary = options_.binary,
                                                                          .address = address_of(servers_.size() + i),
                                                                          .password = options_.sentinel_password,
                                                                          .arguments = as_sentinel,
                                                                          .certificates = certificates_,
                                                                          .config = config}));
    set_times(*sentinels_.back());
  }
  wait_until_whole();
}

std::string SentinelGroup::address_of(std::size_t machine) const {
  return options_.own_addresses ? "127.0.1." + std::to_string(machine + 1) : "127.0.0.1";
}

// The Sentinels' own periods are made for machines that are far apart: seconds, where tenths do here.
void SentinelGroup::set_times(RedisServer& sentinel) const {
  sentinel.probe().text({"SENTINEL", "DEBUG", "PUBLISH-PERIOD", "200", "INFO-PERIOD", "300", "PING-PERIOD", "200",
                         "ASK-PERIOD", "300", "MIN-LINK-RECONNECT-PERIOD", "300", "ELECTION-TIMEOUT", "2000",
                         "TILT-PERIOD", "1000", "SLAVE-RECONF-TIMEOUT", "2000"});
}

void SentinelGroup::restart_sentinel(std::size_t index) {
  sentinels_.at(index)->restart();
  set_times(*sentinels_.at(index));
}

std::string SentinelGroup::url(std::size_t sentinels) const {
  std::string text = options_.tls ? "rediss+sentinel://" : "redis+sentinel://";
  if (!options_.password.empty()) text += ":" + options_.password + "@";
  for (std::size_t i = 0; i < std::min(sentinels, sentinels_.size()); ++i) {
    text += (i > 0 ? "," : "") + public_address(*sentinels_[i]);
  }
  text += "/" + std::string(name);
  if (options_.sentinel_password != options_.password) text += "?sentinel_password=" + options_.sentinel_password;
  return text;
}

std::optional<std::size_t> SentinelGroup::named_primary() {
  std::map<std::size_t, std::size_t> votes;
  std::size_t running = 0;
  for (const auto& sentinel : sentinels_) {
    if (!sentinel->awake()) continue;
    ++running;
    const RedisValue address = sentinel->probe().command({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", name});
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      if (address.elements.size() == 2 && address.elements[1].text == std::to_string(public_port(*servers_[i])))
        ++votes[i];
    }
  }
  for (const auto& [server, count] : votes) {
    if (count * 2 > running && says(*servers_[server], "replication", "role:master")) return server;
  }
  return std::nullopt;
}

std::size_t SentinelGroup::primary() {
  std::optional<std::size_t> found;
  expect(wait_until([&] { return holds([&] { return (found = named_primary()).has_value(); }); }, patience),
         "a primary");
  return *found;
}

std::size_t SentinelGroup::primary_other_than(std::size_t before) {
  std::size_t now = before;
  expect(wait_until([&] { return (now = primary()) != before; }, patience), "a failover");
  return now;
}

void SentinelGroup::wait_until_whole() {
  const auto is_whole = [&] {
    const std::optional<std::size_t> leader = named_primary();
    if (!leader) return false;
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      if (i == *leader) continue;
      if (!says(*servers_[i], "replication", "master_link_status:up") || !caught_up(*servers_[i], *servers_[*leader]))
        return false;
    }
    if (!says(*servers_[*leader], "replication", "connected_slaves:" + std::to_string(options_.replicas))) return false;
    return std::all_of(sentinels_.begin(), sentinels_.end(), [&](const auto& sentinel) {
      RedisProbe probe = sentinel->probe();
      const RedisValue state = probe.command({"SENTINEL", "MASTER", name});
      if (field(state, "num-other-sentinels") != std::to_string(options_.sentinels - 1) ||
          field(state, "flags") != "master")
        return false;
      const RedisValue replicas = probe.command({"SENTINEL", "REPLICAS", name});
      return static_cast<std::size_t>(
                 std::count_if(replicas.elements.begin(), replicas.elements.end(), [](const RedisValue& replica) {
                   return field(replica, "flags") == "slave" && field(replica, "master-link-status") == "ok";
                 })) == options_.replicas;
    });
  };
  expect(wait_until([&] { return holds(is_whole); }, patience), "a whole group");
}

void SentinelGroup::fail_over() {
  const std::size_t before = primary();
  expect(wait_until(
             [&] { return holds([&] {
                     return sentinels_[0]->probe().text({"SENTINEL", "FAILOVER", name}) == "OK";
                   }); },
             patience),
         "a Sentinel that begins a failover");
  primary_other_than(before);
}

}  // namespace cartd::test
