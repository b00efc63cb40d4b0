// The facts that the doctor found about a Redis deployment, before it judges them. Plain values.
#pragma once

#include "redis/topology/deployment.h"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cartd::doctor {

/// A fact, or why it could not be looked at: the server does not permit or does not know the command.
template <class T>
using Looked = boost::system::result<T, std::string>;

/// Of the sampled keys that answer to a condition: how many, and one of them.
struct Spotted {
  std::uint64_t count = 0;
  std::string example{};  ///< A key; may hold any byte.

  void see(const std::string& key) {
    if (count++ == 0) example = key;
  }
};

struct Sample {
  std::uint64_t carts = 0;   ///< Keys cart:<id>.
  std::uint64_t metas = 0;   ///< Keys {cart:<id>}:meta.
  bool complete = true;      ///< False when the keyspace holds more than was looked at.
  Spotted texts{};           ///< cart:<id> that are strings, such as other services' carts in JSON.
  Spotted wrong_type{};      ///< cart:<id> that are neither hash nor string.
  Spotted large{};           ///< Carts of more than 500 lines.
  Spotted cart_unpacked{};   ///< Carts that left the listpack encoding.
  Spotted meta_unpacked{};   ///< Metas that left it.
  Spotted without_expiry{};  ///< Carts that never expire.
};

/// Entries of the slow log about carts.
struct SlowCommands {
  std::uint64_t count = 0;
  std::chrono::microseconds slowest{0};
  std::string command{};  ///< The slowest one's name.
};

/// Commands of cartd that this user or server cannot run. Each has the code of the server's error: "PEXPIREAT
/// (NOPERM)".
struct RefusedCommands {
  std::vector<std::string> needed{};                            ///< No cart, or no user, can be changed without them.
  std::vector<std::pair<std::string, std::string>> optional{};  ///< And what it costs to do without.
};

/// Of one server.
struct Facts {
  Looked<std::map<std::string, std::string>> info;    ///< INFO, all sections: name to value.
  Looked<std::map<std::string, std::string>> config;  ///< The settings that matter here.
  Looked<std::chrono::milliseconds> clock_ahead;      ///< The server's clock minus ours.
  Looked<SlowCommands> slow;
  Looked<Sample> sample;
  Looked<RefusedCommands> refused{};
};

struct Primary {
  std::string address;  ///< host:port, or a socket's path.
  Looked<Facts> facts;  ///< Or why there is no connection.
};

/// A replica as a Sentinel describes it.
struct WatchedReplica {
  std::string address;
  bool up;             ///< The Sentinel reaches it.
  bool in_sync;        ///< Its connection to the primary stands.
  bool may_take_over;  ///< Its priority is not 0.
};

/// One Sentinel's report.
struct SentinelReport {
  std::uint64_t quorum = 0;
  std::chrono::milliseconds down_after{0};
  std::string primary{};      ///< host:port; empty: none.
  bool primary_down = false;  ///< It takes the primary to be down.
  Looked<std::vector<WatchedReplica>> replicas{};
};

struct Sentinel {
  std::string address;
  Looked<SentinelReport> report;  ///< Or why it says nothing.
};

/// One primary's report on its Cluster.
struct ClusterNode {
  std::string address;
  Looked<bool> ok;  ///< cluster_state:ok
};

struct ClusterFacts {
  std::size_t slots_without_owner;
  std::vector<ClusterNode> primaries;
};

/// All that was seen.
struct Examined {
  redis::Topology topology;
  std::vector<Sentinel> sentinels{};      ///< Every one that is known; with Topology::sentinel.
  std::optional<ClusterFacts> cluster{};  ///< With Topology::cluster.
  std::vector<Primary> primaries{};       ///< None when no Sentinel names one.
};

/// A cart of more lines is large.
constexpr std::uint64_t large_cart_lines = 500;

}  // namespace cartd::doctor
