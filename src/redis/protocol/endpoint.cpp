#include "redis/protocol/endpoint.h"

#include "util/ascii.h"
#include "util/decimal.h"

#include <algorithm>

namespace cartd::redis {

std::string printable(const Endpoint& endpoint) {
  if (endpoint.port == 0) return endpoint.host;
  const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

bool is_host(std::string_view text) {
  constexpr std::size_t longest_name = 253;  // RFC 1035
  return !text.empty() && text.size() <= longest_name &&
         std::all_of(text.begin(), text.end(), [](char c) { return util::is_name_character(c) || c == ':'; });
}

std::optional<std::uint16_t> port_number(std::string_view digits) {
  const auto port = util::parse_number<std::uint16_t>(digits);
  return port && *port != 0 ? port : std::nullopt;
}

}  // namespace cartd::redis
