// One reactor's acceptor: accepts connections and looks after their sessions.
//
// Threads: but for the constructor and start(), everything happens on its reactor.
// Ownership: its coroutines keep it alive until stop().
#pragma once

#include "http/session.h"
#include "http/sessions.h"
#include "http/site.h"
#include "runtime/reactor.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>

namespace cartd::http {

using Acceptor = boost::asio::ip::tcp::acceptor;

/// An acceptor that shares its port with others of this process, listening. Port 0 takes a free one. Throws
/// boost::system::system_error.
Acceptor listen_on(Reactor& reactor, const boost::asio::ip::tcp::endpoint& endpoint);

/// Throws boost::system::system_error when any socket listens at `endpoint`: listen_on() would share with it, if it
/// is of the same user.
void probe(Reactor& reactor, const boost::asio::ip::tcp::endpoint& endpoint);

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(Reactor& reactor, Acceptor acceptor, std::shared_ptr<Site> site);

  /// Begins to accept.
  void start();
  /// Takes in the connections that wait at the port, closes it and then calls `closed`. Sessions answer what is under
  /// way and end; see Session::drain().
  void drain(std::function<void()> closed);
  /// Closes the port; connections that wait at it are lost.
  void close();
  /// Closes every connection as it stands.
  void cut();
  /// Ends the coroutines of its own.
  void stop();

 private:
  boost::asio::awaitable<void> accept_all(std::shared_ptr<Listener> self);
  boost::asio::awaitable<void> close_port(std::shared_ptr<Listener> self, std::function<void()> closed);
  void accept_waiting();
  boost::asio::awaitable<void> sweep_all(std::shared_ptr<Listener> self);
  boost::asio::awaitable<void> run(std::shared_ptr<Listener> self, std::shared_ptr<Session> session, bool welcome);
  void take(Socket socket);

  Reactor& reactor_;
  Acceptor acceptor_;
  std::shared_ptr<Site> site_;
  boost::asio::steady_timer pause_;
  boost::asio::steady_timer sweep_;
  Sessions sessions_;
  bool stopped_ = false;
};

}  // namespace cartd::http
