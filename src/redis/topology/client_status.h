// A client's view of its deployment at one moment.
#pragma once

#include "redis/connection/link_state.h"
#include "redis/topology/deployment.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cartd::redis {

/// Redirects and similar refusals so far, by kind.
struct RedirectCounts {
  std::uint64_t moved = 0;      ///< MOVED
  std::uint64_t ask = 0;        ///< ASK
  std::uint64_t try_again = 0;  ///< TRYAGAIN
  std::uint64_t read_only = 0;  ///< READONLY
};

/// One server that owns keys.
struct PrimaryStatus {
  std::string address{};  ///< host:port or a socket's path. Not for /readyz.
  LinkState state = LinkState::connecting;
  bool serves = false;
  std::string why{};                     ///< Why it does not serve; empty when it does. No address, no secret.
  std::size_t slots = 0;                 ///< Of 16384; all of them without a Cluster.
  std::uint64_t epoch = 0;               ///< 0: none known.
  std::uint64_t durable_checkpoint = 0;  ///< Of that epoch.
  std::uint64_t last_checkpoint = 0;     ///< The newest checkpoint that was asked.
};

/// A look at a client, for /readyz, metrics and the doctor.
struct ClientStatus {
  Topology topology = Topology::standalone;  ///< As found, which may not be what the URL says.
  std::vector<PrimaryStatus>
      primaries{};  ///< Each owner of a slot; not yet connected, and served, where nothing was sent so far.
  std::size_t slots_without_owner = 0;  ///< Of 16384; all of them while no primary is known.
  std::uint64_t map_version = 0;        ///< Rises with every change of who owns what; 0: nothing known yet.
  std::size_t sentinels_known = 0;      ///< Of all the Sentinels that watch the servers …
  std::size_t sentinels_answering = 0;  ///< … those that answered when last asked.
  RedirectCounts redirects{};
  std::uint64_t connections_lost = 0;  ///< Connections to primaries that were up.
  std::string why{};                   ///< Why not everything is served; empty when it is. No address, no secret.
};

}  // namespace cartd::redis
