#include "redis/url.h"

#include <boost/url/encode.hpp>
#include <boost/url/grammar/lut_chars.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace cartd::redis {
namespace {

namespace urls = boost::urls;

using Parsed = boost::system::result<Url, std::string>;

constexpr std::size_t longest_text = 4096;

std::string as_string(urls::pct_string_view encoded) { return encoded.decode(); }

// RFC 3986: schemes know no case.
std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

// A database number: decimal digits, at most what SELECT takes.
std::optional<unsigned> database_number(std::string_view digits) {
  constexpr unsigned highest = 2147483647;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || value > highest) return std::nullopt;
  return value;
}

bool is_host_name(std::string_view host) {
  constexpr std::size_t longest_name = 253;  // RFC 1035
  return !host.empty() && host.size() <= longest_name && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
}

// Takes user and password over. Empty, or what is wrong.
std::string read_user(const urls::url_view& parts, Url& url) {
  if (!parts.has_userinfo()) return {};
  url.user = as_string(parts.encoded_user());
  url.password = as_string(parts.encoded_password());
  if (!url.user.empty() && url.password.empty())
    return "The Redis URL has a user but no password; a password alone is written redis://:password@host.";
  return {};
}

std::string read_server(const urls::url_view& parts, Url& url) {
  switch (parts.host_type()) {
    case urls::host_type::ipv6: url.host = as_string(parts.encoded_host_address()); break;
    case urls::host_type::ipv4:
    case urls::host_type::name: url.host = as_string(parts.encoded_host()); break;
    default: return "The Redis URL has no host.";
  }
  if (url.host.empty()) return "The Redis URL has no host.";
  if (parts.host_type() != urls::host_type::ipv6 && !is_host_name(url.host)) return "The Redis URL's host is not a host name.";
  if (!parts.port().empty()) {
    // Boost.URL's own port_number() wraps around.
    const auto port = database_number(parts.port());
    if (!port || *port == 0 || *port > 65535) return "The Redis URL's port is not in 1 to 65535.";
    url.port = static_cast<std::uint16_t>(*port);
  }
  if (parts.has_query()) return "The Redis URL has a query, which only a unix:// URL may have.";
  const std::string path = as_string(parts.encoded_path());
  if (path.size() > 1) {
    const std::optional<unsigned> database = database_number(std::string_view(path).substr(1));
    if (!database) return "The Redis URL's path is not a database number.";
    url.database = *database;
  }
  return {};
}

std::string read_socket(const urls::url_view& parts, Url& url) {
  if (!parts.encoded_host().empty() || parts.has_port()) return "A UNIX socket's URL has no host: write unix:///path.";
  url.path = as_string(parts.encoded_path());
  if (url.path.size() < 2) return "The Redis URL has no path to a UNIX socket.";
  if (url.path.size() > Url::max_path_bytes) return "The Redis URL's path is too long for a UNIX socket.";
  if (url.path.find('\0') != std::string::npos) return "The Redis URL's path has a zero byte.";
  if (parts.has_query()) {
    const std::string query = as_string(parts.encoded_query());
    const std::optional<unsigned> database = query.starts_with("db=") ? database_number(std::string_view(query).substr(3)) : std::nullopt;
    if (!database) return "The Redis URL's query is not db=<number>.";
    url.database = *database;
  }
  return {};
}

// What may stand in a URL as it is; everything else is percent-encoded.
std::string encoded(std::string_view text, bool is_path) {
  constexpr auto in_path = urls::unreserved_chars + urls::grammar::lut_chars('/');
  if (is_path) return urls::encode(text, in_path);
  return urls::encode(text, urls::unreserved_chars);
}

}  // namespace

Parsed parse_url(std::string_view text, std::uint16_t default_port) {
  if (text.size() > longest_text) return std::string("The Redis URL is too long.");
  const std::string scheme = lower(text.substr(0, text.find("://")));
  Url url;
  url.port = default_port;
  if (scheme == "redis") {
    url.transport = Url::Transport::tcp;
  } else if (scheme == "rediss") {
    url.transport = Url::Transport::tls;
  } else if (scheme == "unix") {
    url.transport = Url::Transport::unix_socket;
    url.port = Url{}.port;
  } else {
    return std::string("A Redis URL begins with redis://, rediss:// or unix://.");
  }

  const auto parts = urls::parse_uri(text);
  // A path behind an authority is empty or begins with a slash (RFC 3986); Boost 1.81 takes what it cannot read, as in
  // "redis://h:x" and "unix://u:p@@x", for a path without one.
  const auto broken_path = [](std::string_view path) { return !path.empty() && path.front() != '/'; };
  if (parts.has_error() || !parts->has_authority() || broken_path(parts->encoded_path())) {
    return std::string("The Redis URL is malformed; characters such as #, /, @, : and % in a password must be percent-encoded.");
  }
  if (parts->has_fragment()) return std::string("The Redis URL has a fragment; a # in a password is written %23.");
  std::string wrong = read_user(*parts, url);
  if (wrong.empty()) wrong = url.transport == Url::Transport::unix_socket ? read_socket(*parts, url) : read_server(*parts, url);
  if (!wrong.empty()) return wrong;
  return url;
}

std::string printable(const Url& url) {
  std::string text = url.transport == Url::Transport::tcp ? "redis://" : url.transport == Url::Transport::tls ? "rediss://" : "unix://";
  text += encoded(url.user, false);
  if (!url.password.empty()) text += ":***";
  if (!url.user.empty() || !url.password.empty()) text += '@';
  if (url.transport == Url::Transport::unix_socket) {
    text += encoded(url.path, true);
    if (url.database != 0) text += "?db=" + std::to_string(url.database);
    return text;
  }
  const bool is_ipv6 = url.host.find(':') != std::string::npos;
  text += is_ipv6 ? "[" + url.host + "]" : encoded(url.host, false);
  text += ':' + std::to_string(url.port);
  if (url.database != 0) text += '/' + std::to_string(url.database);
  return text;
}

}  // namespace cartd::redis
