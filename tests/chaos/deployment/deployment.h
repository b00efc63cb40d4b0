// A deployment of Redis or a database that faults are injected into, or none, where a cartd keeps its carts itself.
//
// Threads: all calls come from one thread, which outlives the deployment: its servers end with the thread that starts
// them. Failure: std::runtime_error when a server does not do what it was told.
#pragma once

#include "chaos/faults/fault_schedule.h"
#include "support/redis_probe.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartd::test {

class Deployment {
 public:
  virtual ~Deployment() = default;

  /// What cartds are given as their Redis; empty where there is none.
  virtual std::string url() const = 0;
  /// What they are given as their database; empty where there is none.
  virtual std::string database_url() const { return ""; }

  /// The faults that make sense here: of any one the deployment recovers.
  virtual std::vector<FaultKind> faults() const = 0;
  /// True when a fault may undo what the store did last.
  virtual bool may_roll_back() const = 0;

  /// Begins a fault, one of faults(); answers what it hit.
  virtual std::string inject(const Fault& fault) = 0;
  /// Ends what inject() began. The deployment may need time to become whole.
  virtual void heal() = 0;
  /// Returns when every server is there, knows its part and has all data: the next fault may come.
  virtual void wait_until_whole() = 0;

  /// A client of the server that holds this key.
  virtual RedisProbe probe_for(const std::string& key) = 0;

  /// Where plain clients reach the one server, whatever happens to the links between it and cartds; nothing where a
  /// fault may lose what they wrote.
  virtual std::optional<std::uint16_t> port_for_plain_clients() const { return std::nullopt; }
};

struct StandaloneOptions {
  /// False: what Redis acknowledged is gone with it. Then acknowledged commands do get lost.
  bool saves = true;
};

/// One Redis that saves each write before it answers, behind a proxy.
std::unique_ptr<Deployment> standalone_deployment(StandaloneOptions options = {});

/// No server: one cartd with its embedded store.
std::unique_ptr<Deployment> embedded_deployment();

/// One PostgreSQL server that syncs each commit before it answers, behind a proxy.
std::unique_ptr<Deployment> postgres_deployment();

// Where there is no links_obstacle() these have network_faults() too, those of `cartds` that connect from their
// cartd_address().

/// A primary with two replicas and three Sentinels.
std::unique_ptr<Deployment> sentinel_deployment(std::size_t cartds = 2);

/// Three primaries with a replica each.
std::unique_ptr<Deployment> cluster_deployment(std::size_t cartds = 2);

}  // namespace cartd::test
