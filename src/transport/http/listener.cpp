#include "transport/http/listener.h"

#include "runtime/log.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

#include <chrono>
#include <exception>
#include <utility>

namespace cartd::http {
namespace {

using boost::asio::awaitable;
using boost::asio::redirect_error;
using boost::asio::use_awaitable;
using boost::asio::ip::tcp;
using boost::system::error_code;
using ReusePort = boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

/// How long accepting rests when the process is out of descriptors or memory: until then some may be free again.
constexpr std::chrono::milliseconds rest{100};

Acceptor bound(Reactor& reactor, const tcp::endpoint& endpoint, bool share) {
  Acceptor acceptor(reactor.io().get_executor());
  acceptor.open(endpoint.protocol());
  acceptor.set_option(Acceptor::reuse_address(true));
  if (share) acceptor.set_option(ReusePort(true));
  acceptor.bind(endpoint);
  return acceptor;
}

}  // namespace

Acceptor listen_on(Reactor& reactor, const tcp::endpoint& endpoint) {
  Acceptor acceptor = bound(reactor, endpoint, true);
  acceptor.listen();
  return acceptor;
}

void probe(Reactor& reactor, const tcp::endpoint& endpoint) { bound(reactor, endpoint, false); }

Listener::Listener(Reactor& reactor, Acceptor acceptor, std::shared_ptr<Site> site)
    : reactor_(reactor), acceptor_(std::move(acceptor)), site_(std::move(site)), pause_(reactor.io()), sweep_(reactor.io()) {}

void Listener::start() {
  boost::asio::co_spawn(reactor_.io(), accept_all(shared_from_this()), boost::asio::detached);
  boost::asio::co_spawn(reactor_.io(), sweep_all(shared_from_this()), boost::asio::detached);
}

awaitable<void> Listener::accept_all(std::shared_ptr<Listener>) {
  bool resting = false;
  while (accepting_) {
    error_code ec;
    Socket socket(reactor_.io().get_executor());
    co_await acceptor_.async_accept(socket, redirect_error(use_awaitable, ec));
    if (!accepting_) co_return;
    if (!ec) {
      resting = false;
      take(std::move(socket));
      continue;
    }
    if (ec == boost::asio::error::connection_aborted) continue;
    if (!resting) log(LogLevel::warn, "connections cannot be accepted at the moment", {{"why", ec.message()}});
    resting = true;
    pause_.expires_after(rest);
    co_await pause_.async_wait(redirect_error(use_awaitable, ec));
  }
}

void Listener::take(Socket socket) {
  error_code ec;
  socket.set_option(tcp::no_delay(true), ec);
  socket.non_blocking(true, ec);
  if (ec) return;
  const std::size_t limit = site_->options.limits.connections;
  const std::size_t open = site_->connections.enter();
  if (open > limit + limit / 8 + 1) {
    site_->connections.leave();
    return;
  }
  auto session = std::make_shared<Session>(std::move(socket), *site_);
  boost::asio::co_spawn(reactor_.io(), run(shared_from_this(), std::move(session), open <= limit), boost::asio::detached);
}

awaitable<void> Listener::run(std::shared_ptr<Listener>, std::shared_ptr<Session> session, bool welcome) {
  site_->traffic.connections(1);
  sessions_.insert(session.get());
  try {
    if (!accepting_) session->drain();
    if (welcome) co_await session->serve();
    else co_await session->turn_away();
  } catch (const std::exception& e) {
    log(LogLevel::error, "a connection failed by a defect", {{"what", e.what()}});
  }
  sessions_.erase(session.get());
  session.reset();
  site_->traffic.connections(-1);
  site_->connections.leave();
}

awaitable<void> Listener::sweep_all(std::shared_ptr<Listener>) {
  while (!stopped_) {
    error_code ec;
    sweep_.expires_after(site_->options.timeouts.sweep);
    co_await sweep_.async_wait(redirect_error(use_awaitable, ec));
    const auto now = Session::Clock::now();
    for (Session* session : sessions_) session->sweep(now);
  }
}

void Listener::drain() {
  accepting_ = false;
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  for (Session* session : sessions_) session->drain();
}

void Listener::cut() {
  for (Session* session : sessions_) session->cut();
}

void Listener::stop() {
  stopped_ = true;
  sweep_.cancel();
}

}  // namespace cartd::http
