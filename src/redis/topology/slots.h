// Which server of a Redis Cluster owns which hash slots (Redis Cluster specification).
#pragma once

#include "redis/protocol/endpoint.h"
#include "redis/protocol/hash_slot.h"
#include "redis/protocol/reply.h"

#include <boost/system/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::redis {

/// The owner of each slot.
class SlotMap {
 public:
  static constexpr std::size_t no_owner = 0xFFFF;
  /// No Cluster has more primaries: the specification recommends at most about 1000 nodes.
  static constexpr std::size_t most_servers = 1024;

  /// No slot has an owner.
  SlotMap() { owners_.fill(static_cast<std::uint16_t>(no_owner)); }

  /// One server owns everything.
  static SlotMap of_one(Endpoint server);

  /// The owners, each once; a server without a slot may be among them.
  const std::vector<Endpoint>& servers() const { return servers_; }
  /// The owner of `slot` < slot_count as an index into servers(), or `no_owner`.
  std::size_t owner(std::uint16_t slot) const { return owners_[slot]; }
  /// How many slots the server at `index` owns; `no_owner`: how many have none.
  std::size_t slots_of(std::size_t index) const;
  /// The same for all of servers() at once.
  std::vector<std::size_t> slots_of_each() const;
  bool names(const Endpoint& server) const { return indexes_.contains(server); }

  /// The slots `first` to `last` < slot_count have this owner.
  void assign(std::uint16_t first, std::uint16_t last, const Endpoint& server);

  /// Whether both say the same, whatever the order of their servers.
  bool same_owners(const SlotMap& other) const;

 private:
  std::vector<Endpoint> servers_;
  std::map<Endpoint, std::uint16_t> indexes_;  ///< Of servers_.
  std::array<std::uint16_t, slot_count> owners_;
};

/// The reply to CLUSTER SLOTS, as `asked` gave it: it means itself where it names no host. Ranges whose owner is
/// unknown ("?") have none. Or why the reply makes no sense: out of bounds, overlapping, not a host, or more servers
/// than there may be.
boost::system::result<SlotMap, std::string> read_cluster_slots(ReplyView reply, const std::string& asked);

}  // namespace cartd::redis
