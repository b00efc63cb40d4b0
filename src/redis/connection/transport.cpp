#include "redis/connection/transport.h"

#include "redis/connection/tls.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace cartd::redis {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);

enum class TransportError { speaks_tls = 1, closed_unanswered, alert, alert_to_certificate = alert + 256 };

// Categories are never deleted through a pointer, and Boost's has no virtual destructor.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class TransportErrors final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "transport"; }
  std::string message(int value) const override {
    switch (static_cast<TransportError>(value)) {
      case TransportError::speaks_tls: return "the server speaks TLS, but the URL does not (use rediss)";
      case TransportError::closed_unanswered:
        return "the server closed the connection without an answer; it may require TLS (rediss in the URL)";
      case TransportError::alert:
      case TransportError::alert_to_certificate: break;
    }
    // The alert's number is added.
    const bool certificate_shown = value >= static_cast<int>(TransportError::alert_to_certificate);
    const TransportError first = certificate_shown ? TransportError::alert_to_certificate : TransportError::alert;
    return explain_alert(value - static_cast<int>(first), certificate_shown);
  }
};
#pragma GCC diagnostic pop

error_code make_error(TransportError error, int alert = 0) {
  return {static_cast<int>(error) + alert, transport_errors()};
}

bool is_closed(const error_code& error) {
  return error == asio::error::eof || error == asio::error::connection_reset || error == asio::error::broken_pipe ||
         error == asio::ssl::error::stream_truncated;
}

// Reading from and writing to any Asio stream: a socket or a TLS stream over one.
template <class Stream>
asio::awaitable<Transport::Moved> read_from(Stream& stream, asio::mutable_buffer buffer) {
  return stream.async_read_some(buffer, completion);
}

template <class Stream>
asio::awaitable<Transport::Moved> write_to(Stream& stream, asio::const_buffer bytes) {
  return asio::async_write(stream, bytes, completion);
}

template <class Socket>
std::size_t write_at_once(Socket& socket, asio::const_buffer bytes) {
  if (!socket.non_blocking()) return 0;  // It would wait.
  error_code left_for_later;
  return socket.write_some(bytes, left_for_later);
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
    if (error) co_return "cannot connect: " + error.message();
    // Nagle's algorithm would hold a command back until the reply to the one before has come.
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
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
  asio::awaitable<Moved> read_some(asio::mutable_buffer buffer) override {
    return answered_ ? read_from(connection_.socket(), buffer) : read_first(buffer);
  }
  std::size_t write_now(asio::const_buffer bytes) override { return write_at_once(connection_.socket(), bytes); }
  asio::awaitable<Moved> write(asio::const_buffer bytes) override { return write_to(connection_.socket(), bytes); }
  void close() override { connection_.close(); }

 private:
  asio::awaitable<Moved> read_first(asio::mutable_buffer buffer) {
    const auto [error, bytes] = co_await read_from(connection_.socket(), buffer);
    answered_ = bytes > 0;
    if (is_tls({static_cast<const char*>(buffer.data()), bytes}))
      co_return Moved(make_error(TransportError::speaks_tls), 0);
    co_return Moved(is_closed(error) ? make_error(TransportError::closed_unanswered) : error, bytes);
  }

  // A TLS record with an alert (RFC 8446, 5.1): the answer to what is no TLS.
  static bool is_tls(std::string_view bytes) { return bytes.starts_with("\x15\x03"); }

  TcpConnection connection_;
  bool answered_ = false;
};

class TlsTransport final : public Transport {
 public:
  TlsTransport(const asio::any_io_executor& executor, const Url& url) : connection_(executor, url), options_(url.tls) {}

  asio::awaitable<std::string> connect() override {
    std::string why = co_await connection_.connect();
    if (!why.empty()) co_return why;

    // Made for every connection, so that certificates that were exchanged meanwhile count.
    const auto context = make_tls_context(options_);
    if (!context) co_return "no TLS connection: the file of " + context.error().option + " " + context.error().why;
    context_ = *context;
    stream_.emplace(connection_.socket(), *context_);
    SSL_set_cert_cb(stream_->native_handle(), note_request, this);
    if (!expect_server()) co_return "no TLS connection: the server's name cannot be used for TLS";
    shaking_hands_ = true;
    const auto [failed] = co_await stream_->async_handshake(asio::ssl::stream_base::client, completion);
    shaking_hands_ = false;
    if (failed) co_return "no TLS connection: " + explain_handshake(failed);
    co_return std::string();
  }

  std::string waits_for() const override {
    return shaking_hands_ ? ": no answer to the TLS handshake; the server may not speak TLS" : "";
  }

  // In TLS 1.3 it is only after the handshake that a server says what it thinks of the client's certificate.
  asio::awaitable<Moved> read_some(asio::mutable_buffer buffer) override {
    return answered_ ? read_from(*stream_, buffer) : read_first(buffer);
  }
  asio::awaitable<Moved> write(asio::const_buffer bytes) override {
    return answered_ ? write_to(*stream_, bytes) : write_first(bytes);
  }
  void close() override { connection_.close(); }

 private:
  asio::awaitable<Moved> read_first(asio::mutable_buffer buffer) {
    const auto [error, bytes] = co_await read_from(*stream_, buffer);
    answered_ = bytes > 0;
    co_return Moved(explained(error), bytes);
  }
  asio::awaitable<Moved> write_first(asio::const_buffer bytes) {
    const auto [error, written] = co_await write_to(*stream_, bytes);
    if (!error || answered_) co_return Moved(error, written);
    // Nothing is read yet, and the reason why the server has closed the connection may lie there.
    char byte = 0;
    const auto [read_error, read] = co_await read_from(*stream_, asio::buffer(&byte, 1));
    co_return Moved(explained(alert_of(read_error) != 0 ? read_error : error), written);
  }

  // Called when the server asks for a client certificate.
  static int note_request(SSL*, void* self) {
    static_cast<TlsTransport*>(self)->certificate_asked_ = true;
    return 1;
  }

  // Sets the name that the server must prove. False when OpenSSL does not take it.
  bool expect_server() {
    SSL* ssl = stream_->native_handle();
    std::string name = options_.server_name.empty() ? connection_.host() : options_.server_name;
    name.erase(std::min(name.find('%'), name.size()));  // An IPv6 address' zone is no part of it.
    error_code not_an_address;
    asio::ip::make_address(name, not_an_address);
    // RFC 6066: the server name indication is a name, never an address. What SSL_set_tlsext_host_name() stands for,
    // without the cast inside it.
    if (not_an_address && SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) != 1)
      return false;
    if (!options_.verifies()) {
      stream_->set_verify_mode(asio::ssl::verify_none);
      return true;
    }
    stream_->set_verify_mode(asio::ssl::verify_peer);
    stream_->set_verify_callback([this](bool good, asio::ssl::verify_context& context) {
      if (!good) refused_depth_ = X509_STORE_CTX_get_error_depth(context.native_handle());
      return good;
    });
    X509_VERIFY_PARAM* expected = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // Whatever stands in tls_ca is trusted, also an intermediate authority or the server's own certificate.
    if (!options_.authority.empty()) X509_VERIFY_PARAM_set_flags(expected, X509_V_FLAG_PARTIAL_CHAIN);
    return not_an_address ? X509_VERIFY_PARAM_set1_host(expected, name.c_str(), name.size()) == 1
                          : X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str()) == 1;
  }

  std::string explain_handshake(const error_code& failed) {
    const long result = SSL_get_verify_result(stream_->native_handle());
    if (options_.verifies() && result != X509_V_OK)
      return explain(Refusal{result, refused_depth_ > 0, !options_.server_name.empty(), !options_.authority.empty()});
    if (is_no_tls(failed)) return "the server does not speak TLS, but the URL asks for it (rediss)";
    if (const int alert = alert_of(failed); alert != 0) return explain_alert(alert, certificate_shown());
    if (is_closed(failed)) return "the server closed the connection during the handshake";
    return failed.message();
  }

  error_code explained(const error_code& error) const {
    int alert = alert_of(error);
    // Where the alert did not make it through: a server that asked for a certificate and was content says something.
    if (alert == 0 && certificate_asked_ && is_closed(error))
      alert = certificate_shown() ? SSL_AD_BAD_CERTIFICATE : SSL_AD_CERTIFICATE_REQUIRED;
    if (alert == 0) return error;
    return make_error(certificate_shown() ? TransportError::alert_to_certificate : TransportError::alert, alert);
  }

  bool certificate_shown() const { return certificate_asked_ && !options_.certificate.empty(); }

  TcpConnection connection_;
  const TlsOptions options_;
  std::shared_ptr<asio::ssl::context> context_;
  std::optional<asio::ssl::stream<tcp::socket&>> stream_;
  bool shaking_hands_ = false;
  bool certificate_asked_ = false;
  int refused_depth_ = 0;
  bool answered_ = false;
};

class UnixTransport final : public Transport {
 public:
  UnixTransport(const asio::any_io_executor& executor, const Url& url) : path_(url.path), socket_(executor) {}

  asio::awaitable<std::string> connect() override {
    if (path_.size() > Url::max_path_bytes) co_return "the path is too long for a UNIX socket";
    const asio::local::stream_protocol::endpoint endpoint(path_);
    const auto [error] = co_await socket_.async_connect(endpoint, completion);
    if (error) co_return "cannot connect: " + error.message();
    error_code ignored;
    socket_.non_blocking(true, ignored);
    co_return std::string();
  }

  asio::awaitable<Moved> read_some(asio::mutable_buffer buffer) override { return read_from(socket_, buffer); }
  std::size_t write_now(asio::const_buffer bytes) override { return write_at_once(socket_, bytes); }
  asio::awaitable<Moved> write(asio::const_buffer bytes) override { return write_to(socket_, bytes); }
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  std::string path_;
  asio::local::stream_protocol::socket socket_;
};

}  // namespace

const boost::system::error_category& transport_errors() {
  static const TransportErrors errors;
  return errors;
}

std::unique_ptr<Transport> make_transport(asio::any_io_executor executor, const Url& url) {
  switch (url.transport) {
    case Url::Transport::tls: return std::make_unique<TlsTransport>(executor, url);
    case Url::Transport::unix_socket: return std::make_unique<UnixTransport>(executor, url);
    case Url::Transport::tcp: break;
  }
  return std::make_unique<TcpTransport>(executor, url);
}

}  // namespace cartd::redis
