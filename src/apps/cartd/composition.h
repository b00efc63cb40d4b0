// The whole of cartd, put together: reactors, one shard of stores each, services, HTTP.
#pragma once

#include "apps/cartd/config.h"

#include <memory>
#include <string>

namespace cartd::app {

/// To be used from the thread that owns it.
class Composition {
 public:
  /// Nothing runs before start().
  explicit Composition(const Settings& settings);
  /// Stops whatever runs. Not allowed after a drain() that answered false.
  ~Composition();
  Composition(const Composition&) = delete;
  Composition& operator=(const Composition&) = delete;

  /// Serves. Throws std::runtime_error with one line for people when it cannot listen. A Redis that cannot be reached
  /// is no failure: it is logged, and tried again for ever.
  void start();

  /// With the port that was taken; valid after start().
  ListenAddress listening_on() const;

  /// From now on /readyz answers 503, so that balancers send requests elsewhere, and everything else is served as
  /// before.
  void announce_stop();

  /// Ends the service: no new connections, running requests are finished, and what waits for the store is sent. What
  /// was acknowledged and cannot be delivered in time is counted in the log. False when the drain timeout cut some;
  /// then they may still refer to this object, which must stay until the process ends.
  bool drain();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Where the carts are, for people and without secrets: "in memory", "in data/carts (embedded, durable)", "in Redis
/// redis://127.0.0.1:6379", "in PostgreSQL postgresql://127.0.0.1:5432/shop".
std::string carts_text(const Settings& settings);

}  // namespace cartd::app
