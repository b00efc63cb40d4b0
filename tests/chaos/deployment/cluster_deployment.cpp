#include "chaos/deployment/replicated_deployment.h"
#include "support/redis_cluster.h"
#include "support/wait_until.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace cartd::test {
namespace {

constexpr std::size_t shards = 3;
constexpr std::size_t slots_to_move = 4;
constexpr std::chrono::seconds attempt{6};
constexpr std::chrono::minutes patience{1};

class ClusterDeployment final : public ReplicatedDeployment {
 public:
  explicit ClusterDeployment(std::size_t cartds) : ReplicatedDeployment(cartds) {}

  std::string url() const override { return cluster_.url(); }

  std::vector<FaultKind> faults() const override {
    std::vector<FaultKind> kinds{FaultKind::kill_primary, FaultKind::freeze_primary,  FaultKind::wipe_primary,
                                 FaultKind::kill_replica, FaultKind::freeze_replica,  FaultKind::wipe_replica,
                                 FaultKind::fail_over,    FaultKind::fail_over_twice, FaultKind::migrate_slots};
    if (has_links())
      std::copy_if(network_faults().begin(), network_faults().end(), std::back_inserter(kinds),
                   [](FaultKind kind) { return kind != FaultKind::cut_off_sentinel; });
    return kinds;
  }

  void wait_until_whole() override { cluster_.wait_until_whole(); }

  RedisProbe probe_for(const std::string& key) override {
    const RedisValue slot = cluster_.node(0).probe().command({"CLUSTER", "KEYSLOT", key});
    return cluster_.node(cluster_.owner(static_cast<std::uint16_t>(slot.integer))).probe();
  }

 protected:
  RedisServer& server(std::size_t number) override { return cluster_.node(number); }

  std::string name_of(std::size_t node) const override { return "node " + std::to_string(node); }

  Pair pair_of(const Fault& fault) override {
    const std::size_t shard = shard_of(fault);
    const std::size_t primary = primary_of(shard);
    return {.primary = primary, .replica = primary == shard ? cluster_.replica_of(shard) : shard};
  }

  void wait_for_successor(const Fault& fault, std::size_t primary) override {
    cluster_.owner_other_than(cluster_.first_slot(shard_of(fault)), primary);
  }

  std::string fail_over(const Fault& fault, Pair pair) override {
    fail_over(shard_of(fault), pair.primary, pair.replica);
    return "from " + name_of(pair.primary) + " to " + name_of(pair.replica);
  }

  std::string fail_over_twice(const Fault& fault, Pair pair) override {
    fail_over(shard_of(fault), pair.primary, pair.replica);
    fail_over(shard_of(fault), pair.replica, pair.primary);
    return "from " + name_of(pair.primary) + " to " + name_of(pair.replica) + " and back";
  }

  std::string inject_own(const Fault& fault) override {
    return migrate(shard_of(fault), (shard_of(fault) + 1 + fault.target / shards % (shards - 1)) % shards);
  }

  FaultTargets targets_of(const Fault& fault, Pair pair) override {
    FaultTargets targets{.primary = cluster_.node(pair.primary).address(),
                         .replicas = {cluster_.node(pair.replica).address()},
                         .cartd = cartd_address(fault.target % cartds())};
    for (std::size_t i = 0; i < cluster_.nodes(); ++i)
      if (i != pair.primary) targets.others.push_back(cluster_.node(i).address());
    return targets;
  }

 private:
  static std::size_t shard_of(const Fault& fault) { return fault.target % shards; }

  /// A shard is known by the first of its slots, which never moves.
  std::size_t primary_of(std::size_t shard) { return cluster_.owner(cluster_.first_slot(shard)); }

  /// A replica gives up after five seconds, and refuses at once while it has no link to its primary: then it is told
  /// again.
  void fail_over(std::size_t shard, std::size_t from, std::size_t to) {
    const auto told = [&] {
      cluster_.node(to).probe().command({"CLUSTER", "FAILOVER"});
      return wait_until([&] { return primary_of(shard) != from; }, attempt);
    };
    if (!wait_until(told, patience)) throw std::runtime_error("a replica does not take over");
  }

  /// Some slots that hold carts begin to move, and half their keys are there already; the others follow with heal().
  std::string migrate(std::size_t from_shard, std::size_t to_shard) {
    const std::size_t from = primary_of(from_shard);
    const std::size_t to = primary_of(to_shard);
    const std::set<std::uint16_t> moving = slots_in_use(from);
    for (const std::uint16_t slot : moving) {
      cluster_.begin_migration(slot, from, to);
      const std::vector<std::string> keys = keys_in(slot, from);
      for (std::size_t i = 0; i < keys.size() / 2; ++i) cluster_.migrate_key(keys[i], from, to);
    }
    heal_by([this, moving, from_shard, from, to] {
      for (const std::uint16_t slot : moving) {
        for (const std::string& key : keys_in(slot, from)) cluster_.migrate_key(key, from, to);
        cluster_.end_migration(slot, from, to);
      }
      // Redis before 7.2.4 may go on doubting a slot that has moved, and then deletes what is in it when its owner is
      // replaced and comes back (redis/redis#12564). The next move ends the doubt: so the last one is that of an empty
      // slot.
      cluster_.wait_until_whole();
      const std::uint16_t empty = empty_slot_of(from_shard, from);
      cluster_.begin_migration(empty, from, to);
      cluster_.end_migration(empty, from, to);
    });
    return std::to_string(moving.size()) + " slots from " + name_of(from) + " to " + name_of(to);
  }

  /// Not the first of the shard, which never moves.
  std::uint16_t empty_slot_of(std::size_t shard, std::size_t node) {
    for (std::uint16_t slot = cluster_.first_slot(shard) + 1;; ++slot)
      if (cluster_.owner(slot) == node && keys_in(slot, node).empty()) return slot;
  }

  std::set<std::uint16_t> slots_in_use(std::size_t node) {
    RedisProbe probe = cluster_.node(node).probe();
    const RedisValue keys = probe.command({"SCAN", "0", "COUNT", "10000"}).elements.at(1);
    std::set<std::uint16_t> slots;
    for (const RedisValue& key : keys.elements) {
      const auto slot = static_cast<std::uint16_t>(probe.integer({"CLUSTER", "KEYSLOT", key.text}));
      bool stays = slots.size() >= slots_to_move;
      for (std::size_t shard = 0; shard < shards; ++shard) stays = stays || slot == cluster_.first_slot(shard);
      if (!stays) slots.insert(slot);
    }
    return slots;
  }

  std::vector<std::string> keys_in(std::uint16_t slot, std::size_t node) {
    const RedisValue keys =
        cluster_.node(node).probe().command({"CLUSTER", "GETKEYSINSLOT", std::to_string(slot), "1000"});
    std::vector<std::string> names;
    for (const RedisValue& key : keys.elements) names.push_back(key.text);
    return names;
  }

  // So that a node that is back before it counts as dead has not lost what others think it has.
  RedisCluster cluster_{{.primaries = shards, .own_addresses = has_links(), .arguments = {"--appendonly", "yes"}}};
};

}  // namespace

std::unique_ptr<Deployment> cluster_deployment(std::size_t cartds) {
  return std::make_unique<ClusterDeployment>(cartds);
}

}  // namespace cartd::test
