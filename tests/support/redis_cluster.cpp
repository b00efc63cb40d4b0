#include "support/redis_cluster.h"

#include "support/free_port.h"
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
constexpr std::size_t slots = 16384;

void expect(bool happened, const std::string& what) {
  if (!happened) throw std::runtime_error("Redis Cluster: not in time: " + what);
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The id of each slot's owner, as this node sees it; empty where it knows of none.
std::vector<std::string> slot_map(const RedisServer& node) {
  std::vector<std::string> owners(slots);
  for (const RedisValue& range : node.probe().command({"CLUSTER", "SLOTS"}).elements) {
    for (auto slot = range.elements.at(0).integer; slot <= range.elements.at(1).integer; ++slot)
      owners.at(static_cast<std::size_t>(slot)) = range.elements.at(2).elements.at(2).text;
  }
  return owners;
}

}  // namespace

RedisCluster::RedisCluster(RedisClusterOptions options) : options_(std::move(options)) {
  if (options_.tls) certificates_ = make_certificates(folder_.path() / "tls", "IP:127.0.0.1,DNS:localhost");
  const std::size_t count = options_.primaries * (1 + options_.replicas);
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<std::string> arguments = options_.arguments;
    arguments.insert(arguments.end(), {"--cluster-enabled", "yes", "--cluster-node-timeout",
                                       std::to_string(options_.node_timeout.count()), "--cluster-port",
                                       std::to_string(free_port()), "--cluster-require-full-coverage",
                                       options_.full_coverage ? "yes" : "no", "--cluster-replica-validity-factor", "0",
                                       "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"});
    if (!options_.password.empty()) arguments.insert(arguments.end(), {"--masterauth", options_.password});
    if (options_.tls) arguments.insert(arguments.end(), {"--tls-replication", "yes", "--tls-cluster", "yes"});
    nodes_.push_back(std::make_unique<RedisServer>(
        RedisServerOptions{.binary = options_.binary,
                           .address = options_.own_addresses ? "127.0.1." + std::to_string(i + 1) : "127.0.0.1",
                           .password = options_.password,
                           .arguments = std::move(arguments),
                           .certificates = certificates_}));
  }
  for (std::size_t i = 0; i < count; ++i) {
    RedisProbe probe = nodes_[i]->probe();
    ids_.push_back(probe.text({"CLUSTER", "MYID"}));
    probe.text({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
    if (i < options_.primaries) {
      const std::size_t end = i + 1 < options_.primaries ? first_slot(i + 1) : slots;
      probe.text({"CLUSTER", "ADDSLOTSRANGE", std::to_string(first_slot(i)), std::to_string(end - 1)});
    }
  }
  // Each meets each: faster than by hearsay.
  for (std::size_t i = 0; i < count; ++i) {
    RedisProbe probe = nodes_[i]->probe();
    for (std::size_t other = i + 1; other < count; ++other) {
      const std::string bus = nodes_[other]->probe().command({"CONFIG", "GET", "cluster-port"}).elements.at(1).text;
      probe.text({"CLUSTER", "MEET", nodes_[other]->address(), std::to_string(public_port(*nodes_[other])), bus});
    }
  }
  for (std::size_t i = options_.primaries; i < count; ++i) {
    expect(wait_until(
               [&] {
                 const std::vector<std::string> replicate = {"CLUSTER", "REPLICATE", ids_[i % options_.primaries]};
                 return nodes_[i]->probe().command(replicate).type == RedisValue::Type::status;
               },
               patience),
           "a replica that knows its primary");
  }
  wait_until_whole();
}

std::uint16_t RedisCluster::first_slot(std::size_t primary) const {
  return static_cast<std::uint16_t>(slots * primary / options_.primaries);
}

std::string RedisCluster::url(std::size_t nodes) const {
  std::string text = options_.tls ? "rediss+cluster://" : "redis+cluster://";
  if (!options_.password.empty()) text += ":" + options_.password + "@";
  for (std::size_t i = 0; i < std::min(nodes, nodes_.size()); ++i) {
    text += (i > 0 ? "," : "") + nodes_[i]->address() + ":" + std::to_string(public_port(*nodes_[i]));
  }
  return text;
}

std::optional<std::size_t> RedisCluster::named_owner(std::uint16_t slot) {
  std::map<std::size_t, std::size_t> votes;
  std::size_t running = 0;
  std::vector<bool> claims(nodes_.size());
  for (std::size_t speaker = 0; speaker < nodes_.size(); ++speaker) {
    if (!nodes_[speaker]->awake()) continue;
    ++running;
    for (const RedisValue& range : nodes_[speaker]->probe().command({"CLUSTER", "SLOTS"}).elements) {
      if (range.elements.at(0).integer > slot || range.elements.at(1).integer < slot) continue;
      const std::string id = range.elements.at(2).elements.at(2).text;
      const auto owner = static_cast<std::size_t>(std::find(ids_.begin(), ids_.end(), id) - ids_.begin());
      ++votes[owner];
      if (owner == speaker) claims[owner] = true;
    }
  }
  for (const auto& [owner, count] : votes) {
    if (owner < claims.size() && claims[owner] && count * 2 > running) return owner;
  }
  return std::nullopt;
}

std::size_t RedisCluster::owner(std::uint16_t slot) {
  std::optional<std::size_t> found;
  expect(wait_until([&] { return holds([&] { return (found = named_owner(slot)).has_value(); }); }, patience),
         "an owner");
  return *found;
}

std::size_t RedisCluster::owner_other_than(std::uint16_t slot, std::size_t before) {
  std::size_t now = before;
  expect(wait_until([&] { return (now = owner(slot)) != before; }, patience), "another owner");
  return now;
}

void RedisCluster::wait_until_whole() {
  const auto primary_of = [&](const std::string& replication) -> RedisServer& {
    for (const auto& node : nodes_)
      if (contains(replication, "master_port:" + std::to_string(public_port(*node)) + "\r")) return *node;
    throw std::runtime_error("a replica follows nobody");
  };
  const std::string all_known = "cluster_known_nodes:" + std::to_string(nodes_.size());
  const auto is_whole = [&](const auto& node) {
    RedisProbe probe = node->probe();
    const std::string state = probe.text({"CLUSTER", "INFO"});
    const std::string list = probe.text({"CLUSTER", "NODES"});
    const std::string replication = probe.text({"INFO", "replication"});
    return contains(state, "cluster_state:ok") && contains(state, all_known) &&
           contains(state, "cluster_slots_ok:16384") && !contains(list, "fail") && !contains(list, "handshake") &&
           (contains(replication, "role:master") ||
            (contains(replication, "master_link_status:up") && caught_up(*node, primary_of(replication))));
  };
  // A replica that has not heard of a slot's move yet would take over without that slot.
  const auto agree = [&] {
    std::vector<std::vector<std::string>> maps;
    for (const auto& node : nodes_) maps.push_back(slot_map(*node));
    give_back_slots(maps);
    return std::all_of(maps.begin(), maps.end(), [&](const auto& map) { return map == maps.front(); });
  };
  const auto replicas = [&] {
    return static_cast<std::size_t>(std::count_if(nodes_.begin(), nodes_.end(), [](const auto& node) {
      return contains(node->probe().text({"INFO", "replication"}), "role:slave");
    }));
  };
  const bool whole = wait_until(
      [&] {
        return holds([&] {
          return agree() && std::all_of(nodes_.begin(), nodes_.end(), is_whole) &&
                 replicas() == options_.primaries * options_.replicas;
        });
      },
      patience);
  expect(whole, "a whole cluster" + (whole ? "" : what_nodes_say()));
}

void RedisCluster::give_back_slots(const std::vector<std::vector<std::string>>& maps) {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    for (std::size_t slot = 0; slot < slots; ++slot) {
      if (!maps[i][slot].empty()) continue;
      const auto named = std::count_if(maps.begin(), maps.end(), [&](const auto& map) { return map[slot] == ids_[i]; });
      if (static_cast<std::size_t>(named) == nodes_.size() - 1)
        nodes_[i]->probe().text({"CLUSTER", "ADDSLOTS", std::to_string(slot)});
    }
  }
}

std::string RedisCluster::what_nodes_say() const {
  std::string all;
  for (const auto& node : nodes_) {
    all += "\n-- " + node->address() + ":" + std::to_string(public_port(*node));
    if (!node->awake()) continue;
    RedisProbe probe = node->probe();
    for (const auto& [command, topic] :
         {std::pair{"CLUSTER", "NODES"}, std::pair{"CLUSTER", "INFO"}, std::pair{"INFO", "replication"}})
      all += "\n" + probe.command({command, topic}).text;
  }
  return all;
}

std::string RedisCluster::key_in(std::uint16_t slot, const std::string& variant) {
  // A tag for each slot, found once by asking the hash itself: CRC-16/XMODEM, as the specification has it.
  static const std::vector<std::string> tags = [] {
    const auto hash = [](const std::string& text) {
      unsigned crc = 0;
      for (char c : text) {
        crc ^= static_cast<unsigned>(static_cast<unsigned char>(c)) << 8;
        for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000) != 0 ? ((crc << 1) ^ 0x1021) & 0xFFFF : crc << 1;
      }
      return crc % slots;
    };
    std::vector<std::string> found(slots);
    std::size_t missing = slots;
    for (std::size_t i = 0; missing > 0; ++i) {
      std::string& tag = found[hash(std::to_string(i))];
      if (!tag.empty()) continue;
      tag = std::to_string(i);
      --missing;
    }
    return found;
  }();
  return "{" + tags.at(slot) + "}" + variant;
}

void RedisCluster::begin_migration(std::uint16_t slot, std::size_t from, std::size_t to) {
  nodes_.at(to)->probe().text({"CLUSTER", "SETSLOT", std::to_string(slot), "IMPORTING", ids_.at(from)});
  nodes_.at(from)->probe().text({"CLUSTER", "SETSLOT", std::to_string(slot), "MIGRATING", ids_.at(to)});
}

void RedisCluster::migrate_key(const std::string& key, std::size_t from, std::size_t to) {
  std::vector<std::string> migrate = {
      "MIGRATE", nodes_.at(to)->address(), std::to_string(public_port(*nodes_.at(to))), key, "0", "20000"};
  if (!options_.password.empty()) migrate.insert(migrate.end(), {"AUTH", options_.password});
  nodes_.at(from)->probe().text(migrate);
}

void RedisCluster::end_migration(std::uint16_t slot, std::size_t from, std::size_t to) {
  // The target first, so that it claims the slot with a new epoch; then the source; then who is a primary besides.
  for (const std::size_t index : {to, from}) {
    nodes_.at(index)->probe().text({"CLUSTER", "SETSLOT", std::to_string(slot), "NODE", ids_.at(to)});
  }
}

}  // namespace cartd::test
