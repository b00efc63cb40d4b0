#include "redis/protocol/url_parameters.h"

#include "redis/protocol/url_hints.h"
#include "util/ascii.h"

#include <boost/url/encode.hpp>
#include <boost/url/grammar/lut_chars.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace cartd::redis {
namespace {

namespace urls = boost::urls;

using ParsedParameters = boost::system::result<UrlParameters, std::string>;

struct Name {
  std::string_view given;  // In lower case, without "_" and "-".
  std::string_view own;
};
// In the documentation of redis-py, ioredis, node-redis, Lettuce, go-redis, rueidis, StackExchange.Redis, phpredis,
// Symfony and Celery.
constexpr std::array<Name, 30> names{{
    {"db", "db"},
    {"database", "db"},
    {"dbindex", "db"},
    {"defaultdatabase", "db"},
    {"user", "user"},
    {"username", "user"},
    {"password", "password"},
    {"auth", "password"},
    {"clientname", "client_name"},
    {"connectionname", "client_name"},
    {"master", "master"},
    {"mastername", "master"},
    {"masterset", "master"},
    {"redissentinel", "master"},
    {"sentinelmaster", "master"},
    {"sentinelmasterid", "master"},
    {"servicename", "master"},
    {"sentineluser", "sentinel_user"},
    {"sentinelusername", "sentinel_user"},
    {"sentinelpassword", "sentinel_password"},
    {"ssl", "tls"},
    {"tls", "tls"},
    {"tlsca", "tls_ca"},
    {"sslcacerts", "tls_ca"},
    {"tlscert", "tls_cert"},
    {"sslcertfile", "tls_cert"},
    {"tlskey", "tls_key"},
    {"sslkeyfile", "tls_key"},
    {"tlsservername", "tls_server_name"},
    {"sslservername", "tls_server_name"},
}};
// Each with its own words for yes and no.
constexpr std::array<std::string_view, 4> verify_names{"tlsverify", "sslcertreqs", "verifypeer", "skipverify"};

std::string plain(std::string_view name) {
  std::string result = lower_case(name);
  std::erase_if(result, [](char c) { return c == '_' || c == '-'; });
  return result;
}

// Empty when cartd has nothing of that name.
std::string_view own_name(std::string_view plain_name) {
  const auto* found =
      std::find_if(names.begin(), names.end(), [&](const Name& name) { return name.given == plain_name; });
  if (found != names.end()) return found->own;
  if (std::find(verify_names.begin(), verify_names.end(), plain_name) != verify_names.end()) return "tls_verify";
  return {};
}

std::optional<bool> yes_or_no(std::string_view text) {
  const std::string value = lower_case(text);
  if (value == "true" || value == "yes" || value == "on" || value == "1") return true;
  if (value == "false" || value == "no" || value == "off" || value == "0") return false;
  return std::nullopt;
}

// Whether certificates are looked at. OpenSSL makes no difference between "optional" and "required" for a client.
std::optional<bool> verification(std::string_view plain_name, std::string_view text) {
  if (plain_name == "skipverify") {
    const std::optional<bool> skips = yes_or_no(text);
    return skips ? std::optional(!*skips) : std::nullopt;
  }
  std::string value = lower_case(text);
  if (value.starts_with("cert_")) value.erase(0, 5);
  if (value == "none") return false;
  if (value == "full" || value == "required" || value == "optional" || value == "ca") return true;
  return yes_or_no(value);
}

// Names that CLIENT SETNAME accepts.
bool is_client_name(std::string_view text) {
  constexpr std::size_t longest = 128;
  return !text.empty() && text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

// Only what looks like a name is repeated: behind a password whose special characters are not encoded anything may
// stand here.
bool may_be_shown(std::string_view query, std::string_view name, bool after_password) {
  constexpr std::size_t longest = 40;
  const bool looks_like_a_name =
      !name.empty() && name.size() <= longest && std::all_of(name.begin(), name.end(), util::is_name_character);
  return looks_like_a_name && !after_password && query.find('@') == std::string_view::npos;
}

std::string unknown(std::string_view query, std::string_view name, bool has_value, bool after_password) {
  if (!has_value || !may_be_shown(query, name, after_password))
    return "The Redis URL has a parameter that cartd does not know; characters such as ?, & and = in a password must "
           "be percent-encoded.";
  if (plain(name) == "addr")
    return "The Redis URL's addr is unknown to cartd: write all servers before the path, host1:port1,host2:port2.";
  return "The Redis URL has the parameter \"" + std::string(name) +
         "\", which cartd does not know; it knows db, user, password, client_name, tls_ca, tls_cert, tls_key, "
         "tls_server_name, tls_verify, "
         "master, sentinel_user and sentinel_password.";
}

// Takes one parameter over. Empty, or the end of a sentence that begins with its own name.
std::string take(std::string_view own, std::string_view plain_name, std::string value, UrlParameters& parameters) {
  if (own == "db") {
    parameters.database = database_number(value);
    return parameters.database ? "" : "is not a database number";
  }
  if (own == "tls") {
    parameters.tls = yes_or_no(value);
    return parameters.tls ? "" : "is neither true nor false";
  }
  if (own == "tls_verify") {
    parameters.tls_options.verify = verification(plain_name, value);
    if (parameters.tls_options.verify) return {};
    return plain_name == "skipverify" ? "is neither true nor false" : "is neither full nor none";
  }
  if (own == "client_name") {
    if (!is_client_name(value)) return "is not 1 to 128 printable characters without blanks";
    parameters.client_name = std::move(value);
    return {};
  }
  if (own.starts_with("tls_")) return set_tls_option(parameters.tls_options, own, value);
  std::optional<std::string>& text = own == "user"            ? parameters.user
                                     : own == "password"      ? parameters.password
                                     : own == "master"        ? parameters.master
                                     : own == "sentinel_user" ? parameters.sentinel_user
                                                              : parameters.sentinel_password;
  text = std::move(value);
  return {};
}

// Empty, or what contradicts `given`, which the URL says elsewhere.
template <class Value>
std::string take_unless_other(const std::optional<Value>& value, Value& target, bool given, const char* fault) {
  if (!value) return {};
  if (given && target != *value) return fault;
  target = *value;
  return {};
}

}  // namespace

ParsedParameters parse_url_parameters(std::string_view query) {
  constexpr const char* malformed =
      "The Redis URL's query is not ?name=value&name=value; special characters in a value must be percent-encoded.";
  UrlParameters parameters;
  if (query.size() <= 1) return parameters;
  const auto parts = urls::parse_relative_ref(query);
  if (parts.has_error() || parts->has_fragment()) return std::string(malformed);
  std::vector<std::string> seen;
  bool after_password = false;
  for (const auto& parameter : parts->encoded_params()) {
    if (parameter.key.empty() && !parameter.has_value) continue;  // "?a=b&" and "?a=b&&c=d"
    const std::string name = parameter.key.decode();
    const std::string plain_name = plain(name);
    const std::string_view own = own_name(plain_name);
    if (own.empty()) {
      if (!is_hint_for_others(plain_name)) return unknown(query, name, parameter.has_value, after_password);
      parameters.ignored.push_back(name);
      continue;
    }
    if (!parameter.has_value) return std::string(malformed);
    if (std::find(seen.begin(), seen.end(), own) != seen.end())
      return "The Redis URL has " + std::string(own) + " twice, perhaps by another name.";
    seen.emplace_back(own);
    if (const std::string fault = take(own, plain_name, parameter.value.decode(), parameters); !fault.empty())
      return "The Redis URL's " + std::string(own) + " " + fault + ".";
    after_password = after_password || own == "password" || own == "sentinel_password";
  }
  return parameters;
}

std::string apply(const UrlParameters& parameters, std::optional<unsigned> path_database, Url& url) {
  std::string fault =
      take_unless_other(parameters.database, url.database, path_database.has_value(),
                        "The Redis URL names two databases, one in its path and another one in its query.");
  if (!fault.empty()) return fault;
  fault = take_unless_other(parameters.user, url.user, !url.user.empty(), "The Redis URL names two users.");
  if (!fault.empty()) return fault;
  fault =
      take_unless_other(parameters.password, url.password, !url.password.empty(), "The Redis URL has two passwords.");
  if (!fault.empty()) return fault;
  if (!url.user.empty() && url.password.empty())
    return "The Redis URL has a user but no password; a password alone is written redis://:password@host.";
  if (parameters.tls == false && url.transport == Url::Transport::tls)
    return "The Redis URL asks for TLS and turns it off in its query.";
  if (parameters.tls == true && url.transport == Url::Transport::tcp) url.transport = Url::Transport::tls;
  const bool asks_for_tls = parameters.tls == true || parameters.tls_options != TlsOptions{};
  if (asks_for_tls && url.transport == Url::Transport::unix_socket) return "There is no TLS on a UNIX socket.";
  if (asks_for_tls && url.transport != Url::Transport::tls)
    return "The Redis URL has TLS parameters but no TLS: begin it with rediss://.";
  url.tls = parameters.tls_options;
  return {};
}

void append_parameter(std::string& text, std::string_view name, std::string_view value) {
  constexpr auto as_it_is = urls::unreserved_chars + urls::grammar::lut_chars('/');
  text += text.find('?') == std::string::npos ? '?' : '&';
  text.append(name).append("=").append(urls::encode(value, as_it_is));
}

void append_parameters(std::string& text, const TlsOptions& options) {
  for (const std::string_view name : tls_option_names)
    if (const std::string value = tls_option(options, name); !value.empty()) append_parameter(text, name, value);
}

}  // namespace cartd::redis
