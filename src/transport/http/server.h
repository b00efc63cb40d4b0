// The HTTP server: one acceptor a reactor, all on the same port, so that the kernel spreads connections over the cores.
//
// Threads: to be used from the thread that owns it, which is none of the reactors'.
// Failure: start() throws; after that nothing does, and a connection that goes wrong harms no other.
#pragma once

#include "runtime/metrics.h"
#include "runtime/reactor.h"
#include "service/cart_service.h"
#include "service/user_service.h"
#include "transport/http/options.h"

#include <cstdint>
#include <memory>

namespace cartd {

class HttpServer {
 public:
  /// All references outlive the reactors' loops. Nothing happens before start().
  HttpServer(Reactors& reactors, CartService& carts, UserService& users, Metrics& metrics, HttpOptions options);
  /// Without a drain() before it, connections are cut as they stand.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Listens. Throws std::runtime_error with one line for people when the address is not one or is taken, also when
  /// it is taken by another process of the same user.
  void start();

  /// The port it listens on; valid after start().
  std::uint16_t port() const;

  /// From now on /readyz answers 503, and everything else is served as before.
  void announce_stop();

  /// Takes in the connections that wait at the port and closes it. A request that has begun to arrive on any connection
  /// is answered, with `Connection: close`; idle connections are closed after the farewell timeout.
  /// Blocks until the last connection is gone, or until the drain timeout, when the rest is cut. True when nothing had
  /// to be cut. The reactors must be running.
  bool drain();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cartd
