// Where a server listens, as other servers call it.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cartd::redis {

struct Endpoint {
  std::string host{};      ///< A name or an address, IPv6 without brackets; or a UNIX socket's path, with port 0.
  std::uint16_t port = 0;  ///< 1 to 65535; 0 for a UNIX socket.

  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

/// For people.
std::string printable(const Endpoint& endpoint);

/// True for what may go to the resolver: a host name (RFC 1035, and "_") or an address. Empty is none.
bool is_host(std::string_view text);

/// 1 to 65535 in decimal digits.
std::optional<std::uint16_t> port_number(std::string_view digits);

}  // namespace cartd::redis
