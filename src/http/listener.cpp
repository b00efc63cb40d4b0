#include "http/listener.h"

#include "runtime/log.h"
#include "runtime/spawn.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <linux/filter.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
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

using NotSentLowWater = boost::asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;

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

/// For connections whose handshake is under way when the port closes.
constexpr std::chrono::milliseconds handshake_time{50};

/// Lets `acceptor` ignore new handshakes, but not those that have begun. Where the system cannot do that, a connection
/// made in the instant before the port closes is reset.
void ignore_handshakes(Acceptor& acceptor) {
  constexpr unsigned flags_in_tcp_header = 13;
  constexpr unsigned syn = 0x02;
  std::array<sock_filter, 4> steps{{BPF_STMT(BPF_LD | BPF_B | BPF_ABS, flags_in_tcp_header),
                                    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, syn, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0),
                                    BPF_STMT(BPF_RET | BPF_K, 0xFFFFFFFF)}};
  const sock_fprog program{static_cast<unsigned short>(steps.size()), steps.data()};
  ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

}  // namespace

Acceptor listen_on(Reactor& reactor, const tcp::endpoint& endpoint) {
  Acceptor acceptor = bound(reactor, endpoint, true);
  // Connections inherit these. Bytes that a client does not read, or that cartd does not read yet, wait in the system's
  // memory, which a container pays for.
  constexpr int receive_buffer = 32 * 1024;
  constexpr int unsent = 32 * 1024;
  acceptor.set_option(Acceptor::receive_buffer_size(receive_buffer));
  acceptor.set_option(NotSentLowWater(unsent));
  acceptor.listen();
  return acceptor;
}

void probe(Reactor& reactor, const tcp::endpoint& endpoint) { bound(reactor, endpoint, false); }

Listener::Listener(Reactor& reactor, Acceptor acceptor, std::shared_ptr<Site> site)
    : reactor_(reactor),
      acceptor_(std::move(acceptor)),
      site_(std::move(site)),
      pause_(reactor.io()),
      sweep_(reactor.io()),
      sessions_(*site_) {}

void Listener::start() {
  spawn(reactor_.io().get_executor(), "accept connections", accept_all(shared_from_this()));
  spawn(reactor_.io().get_executor(), "end what takes too long", sweep_all(shared_from_this()));
}

awaitable<void> Listener::accept_all(std::shared_ptr<Listener>) {
  bool resting = false;
  while (acceptor_.is_open()) {
    error_code ec;
    Socket socket(reactor_.io().get_executor());
    co_await acceptor_.async_accept(socket, redirect_error(use_awaitable, ec));
    if (!ec) {
      resting = false;
      take(std::move(socket));
      continue;
    }
    if (ec == boost::asio::error::connection_aborted) continue;
    if (!acceptor_.is_open()) co_return;
    if (!resting) log(LogLevel::warn, "cannot accept connections at the moment", {{"why", ec.message()}});
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
  auto session = std::make_shared<Session>(std::move(socket), *site_, sessions_);
  spawn(reactor_.io().get_executor(), "serve a connection", run(shared_from_this(), std::move(session), open <= limit));
}

awaitable<void> Listener::run(std::shared_ptr<Listener>, std::shared_ptr<Session> session, bool welcome) {
  site_->traffic.connections(1);
  sessions_.add(*session);
  try {
    if (welcome) co_await session->serve();
    else co_await session->turn_away();
  } catch (const std::exception& e) {
    log(LogLevel::error, "a connection failed because of a bug in cartd", {{"what", e.what()}});
  }
  sessions_.remove(*session);
  session.reset();
  site_->traffic.connections(-1);
  site_->connections.leave();
}

awaitable<void> Listener::sweep_all(std::shared_ptr<Listener>) {
  while (!stopped_) {
    error_code ec;
    sweep_.expires_after(site_->options.timeouts.sweep);
    co_await sweep_.async_wait(redirect_error(use_awaitable, ec));
    sessions_.sweep(Session::Clock::now());
  }
}

void Listener::drain(std::function<void()> closed) {
  const Timeouts& timeouts = site_->options.timeouts;
  sessions_.drain(Session::Clock::now() + std::min(timeouts.farewell, timeouts.drain / 2));
  spawn(reactor_.io().get_executor(), "close the port", close_port(shared_from_this(), std::move(closed)));
}

/// With the socket the system resets every connection that waits at it, although its client may have sent a request.
awaitable<void> Listener::close_port(std::shared_ptr<Listener>, std::function<void()> closed) {
  accept_waiting();
  ignore_handshakes(acceptor_);
  boost::asio::steady_timer timer(reactor_.io(), handshake_time);
  error_code ignored;
  co_await timer.async_wait(redirect_error(use_awaitable, ignored));
  accept_waiting();
  close();
  closed();
}

void Listener::accept_waiting() {
  error_code ec;
  acceptor_.non_blocking(true, ec);
  while (!ec) {
    Socket socket(reactor_.io().get_executor());
    acceptor_.accept(socket, ec);
    if (!ec) take(std::move(socket));
    else if (ec == boost::asio::error::connection_aborted) ec.clear();
  }
}

void Listener::close() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

void Listener::cut() { sessions_.cut(); }

void Listener::stop() {
  stopped_ = true;
  sweep_.cancel();
}

}  // namespace cartd::http
