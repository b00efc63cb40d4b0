// The times and bounds of a client of a deployment.
#pragma once

#include "redis/connection/link_options.h"

#include <chrono>

namespace cartd::redis {

struct ClientOptions {
  LinkOptions link{};                       ///< Of the connections to servers.
  std::chrono::milliseconds patience{200};  ///< A server that owes a reply for longer does not serve.
  std::chrono::milliseconds refusal{
      250};  ///< A server that refused a command for its own state does not serve so long.
  std::chrono::milliseconds safety_interval{
      250};  ///< Between two safety checkpoints, while there is something to make safe.
  std::chrono::milliseconds retention{10'000};  ///< How long a change without a copy elsewhere counts as unsafe.
  /// How long the Sentinels may take to tell each other of a failover (they publish every 2 s): a majority that names
  /// the old primary proves nothing before.
  std::chrono::milliseconds sentinel_lag{5000};
  std::chrono::milliseconds discovery_timeout{
      500};                                      ///< For one Sentinel's or Cluster node's answer about the topology.
  std::chrono::milliseconds discovery_gap{100};  ///< At least this between two looks at the topology, doubled to one
                                                 ///< second where one look leads to the next …
  std::chrono::milliseconds sentinel_interval{1000};  ///< … and at most this with Sentinels …
  std::chrono::milliseconds cluster_interval{5000};   ///< … or this with a Cluster.
};

}  // namespace cartd::redis
