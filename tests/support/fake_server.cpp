#include "support/fake_server.h"

#include "support/free_port.h"
#include "support/reactor_thread.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <utility>

namespace cartd::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t piece_bytes = 64 * 1024;

}  // namespace

class FakeServer::Impl {
 public:
  Impl(Answer answer, const Options& options)
      : answer_(std::move(answer)),
        options_(options),
        acceptor_(thread_.executor(),
                  tcp::endpoint(asio::ip::address_v4::loopback(), options.port == 0 ? free_port() : options.port)),
        port_(acceptor_.local_endpoint().port()) {
    asio::co_spawn(thread_.executor(), accept(), asio::detached);
  }
  ~Impl() { thread_.stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  asio::awaitable<void> accept() {
    for (std::size_t connection = 0;; ++connection) {
      auto [error, socket] = co_await acceptor_.async_accept(completion);
      if (error) co_return;
      asio::co_spawn(thread_.executor(), serve(std::move(socket), connection), asio::detached);
    }
  }

  asio::awaitable<void> serve(tcp::socket socket, std::size_t connection) {
    std::string bytes(piece_bytes, '\0');
    for (std::size_t message = 0;; ++message) {
      const auto [read_error, size] = co_await socket.async_read_some(asio::buffer(bytes), completion);
      if (read_error) co_return;
      const std::optional<std::string> reply = answer_(connection, message, bytes.substr(0, size));
      if (!reply) co_return;
      const bool drips = options_.drip.count() > 0 && message >= options_.messages_before_drip;
      const std::size_t piece = drips ? 1 : std::max<std::size_t>(reply->size(), 1);
      for (std::size_t at = 0; at < reply->size(); at += piece) {
        const auto [write_error, written] =
            co_await asio::async_write(socket, asio::buffer(reply->data() + at, piece), completion);
        if (write_error) co_return;
        if (!drips) continue;
        asio::steady_timer pause(thread_.executor(), options_.drip);
        co_await pause.async_wait(completion);
      }
    }
  }

  // First, so that what runs on it is destroyed before it.
  ReactorThread thread_;
  const Answer answer_;
  const Options options_;
  tcp::acceptor acceptor_;
  const std::uint16_t port_;
};

FakeServer::FakeServer(Answer answer) : FakeServer(std::move(answer), Options()) {}
FakeServer::FakeServer(Answer answer, const Options& options)
    : impl_(std::make_unique<Impl>(std::move(answer), options)) {}
FakeServer::~FakeServer() = default;

std::uint16_t FakeServer::port() const { return impl_->port(); }

}  // namespace cartd::test
