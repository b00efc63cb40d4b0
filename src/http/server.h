// The HTTP server: one acceptor a reactor, all on the same port, so that the kernel spreads connections over the cores.
//
// Threads: to be used from the thread that owns it, which is none of the reactors'.
// Failure: start() throws; after that nothing does, and a connection that goes wrong harms no other.
#pragma once

#include "http/options.h"
#include "http/router.h"
#include "runtime/metrics.h"
#include "runtime/reactor.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace cartd::http {

class Listener;
struct Site;

class Server {
 public:
  /// All references, and what the router's handlers refer to, outlive the reactors' loops. Nothing happens before
  /// start().
  Server(Reactors& reactors, Router router, Metrics& metrics, Options options);
  /// Without a drain() before it, connections are cut as they stand.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Listens. Throws std::runtime_error with one line for people when the address is not one or is taken, also when
  /// it is taken by another process of the same user.
  void start();

  /// The port it listens on; valid after start().
  std::uint16_t port() const { return port_; }

  /// Takes in the connections that wait at the port and closes it. A request that has begun to arrive on any connection
  /// is answered, with `Connection: close`; idle connections are closed after the farewell timeout.
  /// Blocks until the last connection is gone, or until the drain timeout, when the rest is cut. True when nothing had
  /// to be cut. The reactors must be running.
  bool drain();

 private:
  Reactors& reactors_;
  std::shared_ptr<Site> site_;
  std::vector<std::shared_ptr<Listener>> listeners_{};
  std::uint16_t port_ = 0;
};

}  // namespace cartd::http
