// The servers of a deployment and which of them serves which slot: a slot map with a running Server behind each entry.
//
// Threads: like Link.
#pragma once

#include "redis/discovery.h"
#include "redis/server.h"
#include "redis/slots.h"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cartd::redis {

class Routes {
 public:
  /// `owner` is told by the servers.
  Routes(boost::asio::any_io_executor executor, const ClientOptions& options, ServerOwner& owner);

  const SlotMapPtr& map() const { return map_; }
  /// The owner of `slot`; null: none known.
  ServerPtr owner(std::uint16_t slot) const;
  /// The owners, by their place in the map.
  const std::vector<ServerPtr>& owners() const { return owners_; }
  std::size_t slots_without_owner() const { return slots_without_owner_; }

  /// Takes `map` over: starts what is new in it, and stops what is no longer: at once, for what it would still do is lost, or,
  /// with `idle` above 0, when nothing was sent there for so long. False when the map says nothing new.
  bool adopt(SlotMap map, const Deployment& deployment, const SafetyPolicy& policy, std::chrono::milliseconds idle);

  /// The server at `endpoint`, an owner or not; started when it is new.
  ServerPtr server_at(const Endpoint& endpoint, const Deployment& deployment, const SafetyPolicy& policy);

  /// Stops every server and knows nobody.
  void clear();

 private:
  const boost::asio::any_io_executor executor_;
  const ClientOptions options_;
  ServerOwner& owner_;
  SlotMapPtr map_;
  std::vector<ServerPtr> owners_;   ///< As in map_->servers().
  std::vector<ServerPtr> servers_;  ///< The owners, and those that only redirects lead to.
  std::size_t slots_without_owner_ = slot_count;
  std::uint64_t started_ = 0;
};

}  // namespace cartd::redis
