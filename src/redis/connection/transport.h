// A stream of bytes to a server, whichever way it goes: TCP, TLS over TCP, or a UNIX socket.
#pragma once

#include "redis/protocol/url.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <tuple>

namespace cartd::redis {

/// Used on its executor alone. One read and one write may be under way at the same time, once a first byte has arrived;
/// before, they take turns. Must not be destroyed while anything is under way: close() it and wait.
class Transport {
 public:
  /// The result of a read or write, and how many bytes were moved.
  using Moved = std::tuple<boost::system::error_code, std::size_t>;

  virtual ~Transport() = default;

  /// Once, before anything else. Empty, or why there is no connection, without addresses.
  virtual boost::asio::awaitable<std::string> connect() = 0;

  /// Why connect() may be waiting, as the end of a sentence that says that it waited too long; may be empty. Without
  /// addresses.
  virtual std::string waits_for() const { return {}; }

  /// At least one byte into `buffer`, or an error, which may be one of transport_errors().
  virtual boost::asio::awaitable<Moved> read_some(boost::asio::mutable_buffer buffer) = 0;

  /// Writes what the system takes at once and answers how many bytes that was; an error is left for write() to find.
  /// Not while a write() is under way.
  virtual std::size_t write_now(boost::asio::const_buffer) { return 0; }

  /// All of `bytes`, or an error after an unknown part of them.
  virtual boost::asio::awaitable<Moved> write(boost::asio::const_buffer bytes) = 0;

  /// Whatever is under way ends with an error. May be called at any time, and again.
  virtual void close() = 0;
};

/// Errors that say more than a closed connection does: their messages are whole sentences, without addresses.
const boost::system::error_category& transport_errors();

/// The transport for `url`, not connected yet. TLS verifies the server's certificate, unless TlsOptions say otherwise,
/// against the authorities that they name, or that OpenSSL trusts by default (the system's; the variables SSL_CERT_FILE
/// and SSL_CERT_DIR name others), and against the name that they give, or the host of `url`. Files are read by every
/// connect().
std::unique_ptr<Transport> make_transport(boost::asio::any_io_executor executor, const Url& url);

}  // namespace cartd::redis
