// Tells the operator, in log and metrics, how Redis stands: once for all clients of the process.
#pragma once

#include "apps/cartd/outage_log.h"
#include "apps/cartd/owners_log.h"
#include "redis/client.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::app {

/// The servers that the deployment's URL names, for the log: "127.0.0.1:6379". Without user and password.
std::string servers_named(const redis::Deployment& deployment);

/// Thread-safe. Outlives the clients it watches.
class RedisWatch {
 public:
  /// `deployment`: what to call Redis as long as no server of it is known.
  RedisWatch(Metrics& metrics, std::string deployment);
  ~RedisWatch();
  RedisWatch(const RedisWatch&) = delete;
  RedisWatch& operator=(const RedisWatch&) = delete;

  /// An observer for one more client; lives as long as this. To be called before any client starts.
  redis::ClientObserver& observer();

  /// Takes over the figures of the client with this number, in the order of observer(). To be called on the client's
  /// executor, now and then: `passed` is the time since the last call.
  void look(std::size_t client, const redis::ClientStatus& status, std::chrono::milliseconds passed);

 private:
  class Observer;
  struct Looked;

  void went_up() { up_.add(1); }
  void went_away() { up_.add(-1); }
  void found_cluster();
  void lacks(const std::string& command);
  void answered_error(const std::string& code, std::string_view text);
  void show_primaries(const redis::ClientStatus& status);
  void log_owners(const redis::ClientStatus& status);
  void log_outages(std::size_t client, const redis::ClientStatus& status);

  Metrics& metrics_;
  const std::string deployment_;
  UpDownCounter& up_;
  Gauge& map_version_;
  Gauge& slots_without_owner_;
  Gauge& sentinels_;
  Counter& losses_;
  Counter& degraded_seconds_;
  std::mutex mutex_;
  OutageLog outages_{};
  OwnersLog owners_{};
  redis::Topology topology_ = redis::Topology::standalone;  ///< Of owners_.
  bool cluster_found_ = false;
  std::set<std::string> missing_;                   ///< Optional commands that were said to be missing.
  std::map<std::string, Counter*> errors_;          ///< By code.
  std::map<std::string, LogThrottle> error_lines_;  ///< By how the text begins.
  std::set<std::string> shown_{};                   ///< Addresses that have a figure.
  std::vector<std::string> primaries_;              ///< Shown as such.
  std::vector<std::unique_ptr<Observer>> observers_;
  std::vector<std::unique_ptr<Looked>> looked_;
};

}  // namespace cartd::app
