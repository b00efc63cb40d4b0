// Where a Redis server is and how to enter, as one text.
#pragma once

#include "redis/protocol/tls_options.h"

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cartd::redis {

/// redis://[[user]:password@]host[:port][/db], rediss:// for TLS, unix://[[user]:password@]/path, each with parameters
/// behind a question mark: see UrlParameters. The host may be an IPv6 address in brackets, with a zone (RFC 6874);
/// user, password and path are percent-decoded.
struct Url {
  enum class Transport { tcp, tls, unix_socket };
  static constexpr std::size_t max_path_bytes = 107;  ///< The longest path of a socket: unix(7).
  Transport transport = Transport::tcp;
  std::string host{};         ///< Without brackets; a zone behind "%"; empty for a UNIX socket.
  std::uint16_t port = 6379;  ///< 1 to 65535
  std::string path{};         ///< Of the UNIX socket.
  std::string user{};         ///< Empty: AUTH with the password alone.
  std::string password{};     ///< Empty: no AUTH.
  unsigned database = 0;      ///< SELECT
  TlsOptions tls{};           ///< Mean something with Transport::tls only.

  friend bool operator==(const Url&, const Url&) = default;
};

/// ASCII letters in lower case, as schemes know no case (RFC 3986).
std::string lower_case(std::string_view text);

/// The scheme of one server's URL: redis, rediss, unix, and what others call the same (valkey, valkeys,
/// redis-socket, redis+tls, …), in any case.
std::optional<Url::Transport> transport_of(std::string_view scheme);

/// A number for SELECT: decimal digits.
std::optional<unsigned> database_number(std::string_view digits);

/// The parts of `text`, or one sentence, without any part of `text` that could be a secret, that says what is wrong.
/// `default_port` counts when `text` names none. Parameters that are no server's count for nothing here.
boost::system::result<Url, std::string> parse_url(std::string_view text, std::uint16_t default_port = 6379);

/// `url` for people, as a URL: the password is replaced by "***".
std::string printable(const Url& url);
/// The host as it stands in a URL.
std::string printable_host(const std::string& host);

}  // namespace cartd::redis
