#include "redis/protocol/url.h"

#include "redis/protocol/url_parameters.h"
#include "util/ascii.h"
#include "util/decimal.h"

#include <boost/url/encode.hpp>
#include <boost/url/grammar/lut_chars.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <optional>

namespace cartd::redis {
namespace {

namespace urls = boost::urls;

using Parsed = boost::system::result<Url, std::string>;

constexpr std::size_t longest_text = 4096;

std::string as_string(urls::pct_string_view encoded) { return encoded.decode(); }

bool is_host_name(std::string_view host) {
  constexpr std::size_t longest_name = 253;  // RFC 1035
  return !host.empty() && host.size() <= longest_name && std::all_of(host.begin(), host.end(), util::is_name_character);
}

void read_user(const urls::url_view& parts, Url& url) {
  if (!parts.has_userinfo()) return;
  url.user = as_string(parts.encoded_user());
  url.password = as_string(parts.encoded_password());
}

// The zone of an IPv6 address (RFC 6874), which Boost.URL does not read, is cut out of `text`. A plain "%" before it is
// taken as well, because people write it.
std::string take_zone(std::string& text) {
  const std::size_t authority = std::min(text.find("://"), text.size());
  const std::size_t end = std::min(text.find_first_of("/?#", std::min(authority + 3, text.size())), text.size());
  const std::size_t close = text.rfind(']', end);
  const std::size_t open = text.rfind('[', close);
  if (open == std::string::npos || close == std::string::npos || open < authority) return {};
  const std::size_t percent = text.find('%', open);
  if (percent > close) return {};
  std::string zone = text.substr(percent + 1, close - percent - 1);
  if (zone.starts_with("25") && zone.size() > 2) zone.erase(0, 2);
  constexpr std::size_t longest = 15;  // An interface's name: netdevice(7).
  if (zone.empty() || zone.size() > longest || !is_host_name(zone)) return {};
  text.erase(percent, close - percent);
  return '%' + zone;
}

std::string read_server(const urls::url_view& parts, Url& url, std::optional<unsigned>& path_database) {
  switch (parts.host_type()) {
    case urls::host_type::ipv6: url.host = as_string(parts.encoded_host_address()); break;
    case urls::host_type::ipv4:
    case urls::host_type::name: url.host = as_string(parts.encoded_host()); break;
    default: return "The Redis URL has no host.";
  }
  if (url.host.empty()) return "The Redis URL has no host.";
  if (parts.host_type() != urls::host_type::ipv6 && !is_host_name(url.host))
    return "The Redis URL's host is not a host name.";
  if (!parts.port().empty()) {
    // Boost.URL's own port_number() wraps around.
    const auto port = database_number(parts.port());
    if (!port || *port == 0 || *port > 65535) return "The Redis URL's port is not in 1 to 65535.";
    url.port = static_cast<std::uint16_t>(*port);
  }
  std::string path = as_string(parts.encoded_path());
  if (path.size() > 2 && path.ends_with('/')) path.pop_back();
  if (path.size() > 1) {
    path_database = database_number(std::string_view(path).substr(1));
    if (!path_database) return "The Redis URL's path is not a database number.";
    url.database = *path_database;
  }
  return {};
}

std::string read_socket(const urls::url_view& parts, Url& url) {
  if (!parts.encoded_host().empty() || parts.has_port()) return "A UNIX socket's URL has no host: write unix:///path.";
  url.path = as_string(parts.encoded_path());
  if (url.path.size() < 2) return "The Redis URL has no path to a UNIX socket.";
  if (url.path.size() > Url::max_path_bytes) return "The Redis URL's path is too long for a UNIX socket.";
  if (url.path.find('\0') != std::string::npos) return "The Redis URL's path has a zero byte.";
  return {};
}

// Characters allowed in a URL as they are; everything else is percent-encoded.
std::string encoded(std::string_view text, bool is_path) {
  constexpr auto in_path = urls::unreserved_chars + urls::grammar::lut_chars('/');
  if (is_path) return urls::encode(text, in_path);
  return urls::encode(text, urls::unreserved_chars);
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

std::optional<Url::Transport> transport_of(std::string_view scheme) {
  std::string name = lower_case(scheme);
  std::replace(name.begin(), name.end(), '-', '+');
  for (const char* tls : {"rediss", "valkeys", "redis+ssl", "redis+tls"})
    if (name == tls) return Url::Transport::tls;
  for (const char* socket : {"unix", "redis+unix", "valkey+unix", "redis+socket"})
    if (name == socket) return Url::Transport::unix_socket;
  if (name == "redis" || name == "valkey") return Url::Transport::tcp;
  return std::nullopt;
}

std::optional<unsigned> database_number(std::string_view digits) {
  constexpr unsigned highest = 2147483647;
  const auto number = util::parse_number<unsigned>(digits);
  return number && *number <= highest ? number : std::nullopt;
}

Parsed parse_url(std::string_view text, std::uint16_t default_port) {
  if (text.size() > longest_text) return std::string("The Redis URL is too long.");
  const auto transport = transport_of(text.substr(0, text.find("://")));
  if (!transport) return std::string("A Redis URL begins with redis://, rediss:// or unix://.");
  Url url;
  url.transport = *transport;
  if (url.transport != Url::Transport::unix_socket) url.port = default_port;

  std::string zoneless(text);
  const std::string zone = take_zone(zoneless);
  const auto parts = urls::parse_uri(zoneless);
  // A path behind an authority is empty or begins with a slash (RFC 3986); Boost 1.81 takes what it cannot read, as in
  // "redis://h:x" and "unix://u:p@@x", for a path without one.
  const auto broken_path = [](std::string_view path) { return !path.empty() && path.front() != '/'; };
  if (parts.has_error() || !parts->has_authority() || broken_path(parts->encoded_path())) {
    if (text.find('@') == std::string_view::npos)
      return std::string(
          "The Redis URL is malformed: it is redis://user:password@host:port/database, with a number for the port.");
    return std::string(
        "The Redis URL is malformed; characters such as #, /, @, : and % in a password must be percent-encoded.");
  }
  if (parts->has_fragment()) return std::string("The Redis URL has a fragment; a # in a password is written %23.");
  read_user(*parts, url);
  std::optional<unsigned> path_database;
  std::string wrong =
      url.transport == Url::Transport::unix_socket ? read_socket(*parts, url) : read_server(*parts, url, path_database);
  if (!wrong.empty()) return wrong;
  url.host += zone;
  const auto parameters = parse_url_parameters(parts->has_query() ? zoneless.substr(zoneless.find('?')) : "");
  if (!parameters) return parameters.error();
  wrong = apply(*parameters, path_database, url);
  if (!wrong.empty()) return wrong;
  return url;
}

std::string printable(const Url& url) {
  std::string text = url.transport == Url::Transport::tcp   ? "redis://"
                     : url.transport == Url::Transport::tls ? "rediss://"
                                                            : "unix://";
  text += encoded(url.user, false);
  if (!url.password.empty()) text += ":***";
  if (!url.user.empty() || !url.password.empty()) text += '@';
  if (url.transport == Url::Transport::unix_socket) {
    text += encoded(url.path, true);
    if (url.database != 0) append_parameter(text, "db", std::to_string(url.database));
    return text;
  }
  text += printable_host(url.host) + ':' + std::to_string(url.port);
  if (url.database != 0) text += '/' + std::to_string(url.database);
  append_parameters(text, url.tls);
  return text;
}

std::string printable_host(const std::string& host) {
  if (host.find(':') == std::string::npos) return encoded(host, false);
  const std::size_t percent = host.find('%');
  return percent == std::string::npos ? "[" + host + "]"
                                      : "[" + host.substr(0, percent) + "%25" + host.substr(percent + 1) + "]";
}

}  // namespace cartd::redis
