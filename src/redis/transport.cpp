#include "redis/transport.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace cartd::redis {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);

// Reading from and writing to any Asio stream. `Stream` is a socket or a TLS stream over one.
template <class Stream>
asio::awaitable<Transport::Read> read_from(Stream& stream, asio::mutable_buffer buffer) {
  const auto [error, bytes] = co_await stream.async_read_some(buffer, completion);
  co_return Transport::Read{error, bytes};
}

template <class Stream>
asio::awaitable<error_code> write_to(Stream& stream, asio::const_buffer bytes) {
  const auto [error, written] = co_await asio::async_write(stream, bytes, completion);
  co_return error;
}

// Finding and connecting to a host, for both plain TCP and TLS.
class TcpConnection {
 public:
  TcpConnection(const asio::any_io_executor& executor, const Url& url)
      : host_(url.host), port_(url.port), resolver_(executor), socket_(executor) {}

  asio::awaitable<std::string> connect() {
    std::vector<tcp::endpoint> endpoints;
    error_code not_an_address;
    const asio::ip::address address = asio::ip::make_address(host_, not_an_address);
    if (!not_an_address) {
      // Saves the resolver's thread, and its waiting when no name server answers.
      endpoints.emplace_back(address, port_);
    } else {
      const auto [error, found] =
          co_await resolver_.async_resolve(host_, std::to_string(port_), tcp::resolver::numeric_service, completion);
      if (error) co_return "the server's name was not found: " + error.message();
      for (const auto& entry : found) endpoints.push_back(entry.endpoint());
    }
    if (closed_) co_return "closed";
    const auto [error, endpoint] = co_await asio::async_connect(socket_, endpoints, completion);
    if (error) co_return "no connection: " + error.message();
    // Nagle's algorithm would hold a command back until the reply to the one before has come.
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    co_return std::string();
  }

  void close() {
    closed_ = true;
    resolver_.cancel();
    error_code ignored;
    socket_.close(ignored);
  }

  const std::string& host() const { return host_; }
  tcp::socket& socket() { return socket_; }

 private:
  std::string host_;
  std::uint16_t port_;
  tcp::resolver resolver_;
  tcp::socket socket_;
  bool closed_ = false;
};

class TcpTransport final : public Transport {
 public:
  TcpTransport(const asio::any_io_executor& executor, const Url& url) : connection_(executor, url) {}

  asio::awaitable<std::string> connect() override { return connection_.connect(); }
  asio::awaitable<Read> read_some(asio::mutable_buffer buffer) override { return read_from(connection_.socket(), buffer); }
  asio::awaitable<error_code> write(asio::const_buffer bytes) override { return write_to(connection_.socket(), bytes); }
  void close() override { connection_.close(); }

 private:
  TcpConnection connection_;
};

class TlsTransport final : public Transport {
 public:
  TlsTransport(const asio::any_io_executor& executor, const Url& url) : connection_(executor, url) {}

  asio::awaitable<std::string> connect() override {
    std::string why = co_await connection_.connect();
    if (!why.empty()) co_return why;

    // Made for every connection, so that authorities that were exchanged meanwhile count.
    context_.emplace(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context_->native_handle(), TLS1_2_VERSION);
    error_code error;
    context_->set_default_verify_paths(error);
    if (error) co_return "the trusted certificates cannot be read: " + error.message();
    stream_.emplace(connection_.socket(), *context_);
    stream_->set_verify_mode(asio::ssl::verify_peer);
    stream_->set_verify_callback(asio::ssl::host_name_verification(connection_.host()));
    if (!name_server()) co_return "the server's name cannot be used for TLS";
    const auto [failed] = co_await stream_->async_handshake(asio::ssl::stream_base::client, completion);
    if (failed) co_return "no TLS connection: " + failed.message();
    co_return std::string();
  }

  asio::awaitable<Read> read_some(asio::mutable_buffer buffer) override { return read_from(*stream_, buffer); }
  asio::awaitable<error_code> write(asio::const_buffer bytes) override { return write_to(*stream_, bytes); }
  void close() override { connection_.close(); }

 private:
  // RFC 6066: the server name indication is a name, never an address.
  bool name_server() {
    std::string name = connection_.host();
    error_code not_an_address;
    asio::ip::make_address(name, not_an_address);
    if (!not_an_address) return true;
    // What SSL_set_tlsext_host_name() stands for, without the cast inside it.
    return SSL_ctrl(stream_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1;
  }

  TcpConnection connection_;
  std::optional<asio::ssl::context> context_;
  std::optional<asio::ssl::stream<tcp::socket&>> stream_;
};

class UnixTransport final : public Transport {
 public:
  UnixTransport(const asio::any_io_executor& executor, const Url& url) : path_(url.path), socket_(executor) {}

  asio::awaitable<std::string> connect() override {
    if (path_.size() > Url::max_path_bytes) co_return "the path is too long for a UNIX socket";
    const asio::local::stream_protocol::endpoint endpoint(path_);
    const auto [error] = co_await socket_.async_connect(endpoint, completion);
    if (error) co_return "no connection: " + error.message();
    co_return std::string();
  }

  asio::awaitable<Read> read_some(asio::mutable_buffer buffer) override { return read_from(socket_, buffer); }
  asio::awaitable<error_code> write(asio::const_buffer bytes) override { return write_to(socket_, bytes); }
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  std::string path_;
  asio::local::stream_protocol::socket socket_;
};

}  // namespace

std::unique_ptr<Transport> make_transport(asio::any_io_executor executor, const Url& url) {
  switch (url.transport) {
    case Url::Transport::tls: return std::make_unique<TlsTransport>(executor, url);
    case Url::Transport::unix_socket: return std::make_unique<UnixTransport>(executor, url);
    case Url::Transport::tcp: break;
  }
  return std::make_unique<TcpTransport>(executor, url);
}

}  // namespace cartd::redis
