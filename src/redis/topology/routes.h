// The servers of a deployment and which of them serves which slot: the newest slot map, what redirects have told since,
// and a Server behind each entry. However many servers maps and redirects name, only so many are connected.
//
// Threads: like Link.
#pragma once

#include "redis/replication/safety.h"
#include "redis/topology/client_options.h"
#include "redis/topology/deployment.h"
#include "redis/topology/server.h"
#include "redis/topology/slots.h"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cartd::redis {

class Routes {
 public:
  /// The first so many owners of a map are connected at once, further ones when something is to be sent to them.
  static constexpr std::size_t most_eager = 64;
  /// So many servers are connected at a time. Then whichever was used least recently makes room, if it is not in use.
  static constexpr std::size_t most_connected = 256;
  /// Of these, servers that the newest map does not name, as redirects lead to some.
  static constexpr std::size_t most_strangers = 16;

  struct Share {
    ServerPtr server;
    std::size_t slots;
  };

  /// The servers notify `owner`.
  Routes(boost::asio::any_io_executor executor, const ClientOptions& options, ServerOwner& owner);

  /// Rises with every change of who owns what.
  std::uint64_t version() const { return version_; }
  /// The owner of `slot`; null: none known. It may not be connected yet: see connect().
  ServerPtr owner(std::uint16_t slot) const;
  /// Every server that owns a slot.
  const std::vector<Share>& owners() const { return shares_; }
  std::size_t slots_without_owner() const { return slots_without_owner_; }
  /// For each connected server that owns a slot, a key in one of its slots that begins with `prefix`, which holds no
  /// brace. Fewer where a server owns so few of them that none is found soon.
  std::vector<std::string> key_of_each_owner(std::string_view prefix) const;

  /// Takes `map` over, which outdates what redirects told, and stops what is not named any more: at once, for what it
  /// would still do is lost, or, with `idle` above 0, when nothing was sent there for so long.
  void adopt(SlotMap map, const Deployment& deployment, const SafetyPolicy& policy, std::chrono::milliseconds idle);

  /// A redirect tells that `slot` belongs to the server at `endpoint`. Believed once for each slot until the next map:
  /// servers that send it to each other would change it for ever. False when nothing has changed.
  bool learn(std::uint16_t slot, const Endpoint& endpoint, const Deployment& deployment, const SafetyPolicy& policy);

  /// The server at `endpoint`, an owner or not, connected when it is new. Null: too many are in use.
  ServerPtr server_at(const Endpoint& endpoint, const Deployment& deployment, const SafetyPolicy& policy);

  /// Starts `server`, if it does not run. False: too many are in use.
  bool connect(const ServerPtr& server, const Deployment& deployment, const SafetyPolicy& policy);

  /// Stops and drops every server.
  void clear();

 private:
  ServerPtr make(const Endpoint& endpoint, const Deployment& deployment, const SafetyPolicy& policy);
  bool is_stranger(const Server& server) const { return !map_.names(server.endpoint()); }
  bool make_room(bool among_strangers, const Deployment& deployment, const SafetyPolicy& policy);
  void drop(const ServerPtr& server);
  void leave_strangers(std::chrono::milliseconds idle);
  bool same_owners(const SlotMap& map) const;
  void count_slots();

  const boost::asio::any_io_executor executor_;
  const ClientOptions options_;
  ServerOwner& owner_;
  std::uint64_t version_ = 0;
  SlotMap map_{};
  std::vector<ServerPtr> owners_{};                         ///< As in map_.servers().
  std::unordered_map<std::uint16_t, ServerPtr> learned_{};  ///< By redirects since map_ was taken over.
  std::map<Endpoint, ServerPtr> servers_{};                 ///< The owners, and those that only redirects lead to.
  std::vector<Share> shares_{};
  std::size_t slots_without_owner_ = slot_count;
  std::uint64_t made_ = 0;
};

}  // namespace cartd::redis
