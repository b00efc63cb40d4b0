// A Redis Cluster of a test's own.
#pragma once

#include "support/certificates.h"
#include "support/redis_server.h"
#include "support/temp_dir.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartd::test {

struct RedisClusterOptions {
  std::string binary = "redis-server";
  std::size_t primaries = 3;
  std::size_t replicas = 1;                      ///< Of each primary.
  std::chrono::milliseconds node_timeout{1500};  ///< cluster-node-timeout
  bool full_coverage = false;  ///< True: nothing is served unless every slot is (cluster-require-full-coverage).
  std::string password{};      ///< Empty: none.
  bool tls = false;            ///< TLS only, with certificates for 127.0.0.1.
  bool own_addresses =
      false;  ///< True: no two share a loopback address, so that links can be told apart. Not with TLS.
  std::vector<std::string> arguments{};  ///< For every node, as on its command line.
};

/// Everything listens on 127.0.0.1, unless each has its own address, and ends with the object. The slots are dealt out
/// in equal ranges, in the nodes' order.
///
/// Threads: used by the one that made it, which every process here dies with.
class RedisCluster {
 public:
  /// Up when this returns: every node says so, and the replicas are in sync.
  explicit RedisCluster(RedisClusterOptions options = {});

  /// First the primaries, then the first replica of each, then the second …, as they were at first.
  RedisServer& node(std::size_t index) { return *nodes_.at(index); }
  std::size_t nodes() const { return nodes_.size(); }
  /// The index, among node()s, of a first replica of the node at `primary` as it was at first.
  std::size_t replica_of(std::size_t primary) const { return primary + options_.primaries; }

  /// The URL of the deployment with its password, naming every node, or the first `nodes` of them.
  std::string url(std::size_t nodes = 64) const;
  /// Only with TLS.
  const Certificates& certificates() const { return certificates_.value(); }

  /// The index of the node that owns `slot` now, in the words of the nodes that run: most of them say so, and so does
  /// it. Throws std::runtime_error when there is none after a minute.
  std::size_t owner(std::uint16_t slot);
  /// Waits until another node than that at `before` owns `slot` and answers its index.
  std::size_t owner_other_than(std::uint16_t slot, std::size_t before);
  /// Waits until every node says "ok", every replica has all its primary has, and every node knows all others and the
  /// same owners of all slots.
  void wait_until_whole();

  /// A key in `slot`: the same for the same slot. Different `variant`s give different keys.
  static std::string key_in(std::uint16_t slot, const std::string& variant = "");
  /// The first slot of the range that the node at `primary` had at first.
  std::uint16_t first_slot(std::size_t primary) const;

  /// Opens the move of `slot` between these nodes: from now on the source answers ASK for keys it does not hold.
  void begin_migration(std::uint16_t slot, std::size_t from, std::size_t to);
  /// Moves one key, while the move is open.
  void migrate_key(const std::string& key, std::size_t from, std::size_t to);
  /// Closes the move: the target owns the slot, and every node is told.
  void end_migration(std::uint16_t slot, std::size_t from, std::size_t to);

  std::string node_id(std::size_t index) { return ids_.at(index); }

 private:
  std::optional<std::size_t> named_owner(std::uint16_t slot);
  /// Redis before 7.2.4 may take a slot that had moved away from its new owner after a failover, while all other nodes
  /// go on naming that one (redis/redis#12564). Gives it back, as an operator would (redis-cli --cluster fix).
  void give_back_slots(const std::vector<std::vector<std::string>>& maps);
  /// For an error: what each node knows of the others.
  std::string what_nodes_say() const;
  std::uint16_t public_port(const RedisServer& node) const { return options_.tls ? node.tls_port() : node.port(); }

  const RedisClusterOptions options_;
  const TempDir folder_;
  std::optional<Certificates> certificates_;
  std::vector<std::unique_ptr<RedisServer>> nodes_;
  std::vector<std::string> ids_;
};

}  // namespace cartd::test
