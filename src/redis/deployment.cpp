#include "redis/deployment.h"

#include <boost/url/encode.hpp>
#include <boost/url/grammar/lut_chars.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace cartd::redis {
namespace {

namespace urls = boost::urls;

using Parsed = boost::system::result<Deployment, std::string>;

constexpr std::size_t longest_text = 4096;
constexpr std::uint16_t sentinel_port = 26379;

struct Scheme {
  std::string_view name;
  std::string_view of_server;  // What parse_url() reads for one of its servers.
  Topology topology;
};
constexpr std::array<Scheme, 7> schemes{{
    {"redis", "redis", Topology::standalone},
    {"rediss", "rediss", Topology::standalone},
    {"unix", "unix", Topology::standalone},
    {"redis+sentinel", "redis", Topology::sentinel},
    {"rediss+sentinel", "rediss", Topology::sentinel},
    {"redis+cluster", "redis", Topology::cluster},
    {"rediss+cluster", "rediss", Topology::cluster},
}};

// A URL cut where its grammar cuts it (RFC 3986), before anything is decoded.
struct Pieces {
  std::string scheme{};      // Lower case.
  std::string_view user{};   // With the "@".
  std::string_view hosts{};  // host:port, separated by commas.
  std::string_view path{};   // With its slash.
  std::string_view query{};  // With its question mark.
};

Pieces cut(std::string_view text) {
  Pieces pieces;
  const std::size_t colon = std::min(text.find("://"), text.size());
  pieces.scheme = text.substr(0, colon);
  std::transform(pieces.scheme.begin(), pieces.scheme.end(), pieces.scheme.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  std::string_view rest = text.substr(std::min(colon + 3, text.size()));
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  rest.remove_prefix(authority.size());
  const std::size_t at = authority.rfind('@');
  pieces.user = authority.substr(0, at == std::string_view::npos ? 0 : at + 1);
  pieces.hosts = authority.substr(pieces.user.size());
  pieces.path = rest.substr(0, rest.find_first_of("?#"));
  pieces.query = rest.substr(pieces.path.size());
  return pieces;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// What Sentinel takes as the name of what it watches (sentinel.conf, "sentinel monitor").
bool is_master_name(std::string_view name) {
  constexpr std::size_t longest_name = 128;
  return !name.empty() && name.size() <= longest_name && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
}

// Reads each host as the server of a URL of its own, which ends in `database`. Empty, or what is wrong.
std::string read_seeds(const Pieces& pieces, const Scheme& scheme, std::string_view database, Deployment& deployment) {
  const bool of_sentinels = deployment.topology == Topology::sentinel;
  std::string_view rest = pieces.hosts;
  for (bool more = true; more;) {
    const std::size_t comma = rest.find(',');
    more = comma != std::string_view::npos;
    std::string text(scheme.of_server);
    text.append("://").append(pieces.user).append(rest.substr(0, comma)).append(database);
    const auto url = parse_url(text, of_sentinels ? sentinel_port : Url{}.port);
    if (!url) return url.error();
    if (deployment.seeds.size() == Deployment::most_seeds) return "The Redis URL names too many servers.";
    deployment.seeds.push_back(*url);
    if (more) rest.remove_prefix(comma + 1);
  }
  return {};
}

// Takes user and password for the Sentinels over. Empty, or what is wrong.
std::string read_sentinel_query(std::string_view query, std::vector<Url>& sentinels) {
  constexpr const char* malformed =
      "The Redis URL's query is not sentinel_user=<user>&sentinel_password=<password>; other characters than letters and digits must be "
      "percent-encoded.";
  if (query.empty()) return {};
  const auto parts = urls::parse_relative_ref(query);
  if (parts.has_error() || parts->has_fragment()) return malformed;
  std::optional<std::string> user;
  std::optional<std::string> password;
  for (const auto& parameter : parts->encoded_params()) {
    auto& value = parameter.key == "sentinel_user" ? user : password;
    if ((parameter.key != "sentinel_user" && parameter.key != "sentinel_password") || !parameter.has_value || value) return malformed;
    value = parameter.value.decode();
  }
  if (user && !user->empty() && (!password || password->empty())) return "The Redis URL has a sentinel_user but no sentinel_password.";
  for (Url& sentinel : sentinels) {
    sentinel.user = user.value_or("");
    sentinel.password = password.value_or("");
  }
  return {};
}

Parsed read_sentinels(const Pieces& pieces, const Scheme& scheme) {
  Deployment deployment{.topology = Topology::sentinel};
  const std::string_view path = pieces.path.substr(pieces.path.empty() ? 0 : 1);
  const std::size_t slash = path.find('/');
  deployment.master = path.substr(0, slash);
  if (!is_master_name(deployment.master))
    return std::string("The Redis URL does not end in the name of what the Sentinels watch: redis+sentinel://host/name.");
  std::string wrong = read_seeds(pieces, scheme, slash == std::string_view::npos ? "" : path.substr(slash), deployment);
  if (!wrong.empty()) return wrong;
  deployment.entry = deployment.seeds.front();
  for (Url& sentinel : deployment.seeds) sentinel.database = 0;
  wrong = read_sentinel_query(pieces.query, deployment.seeds);
  if (!wrong.empty()) return wrong;
  return deployment;
}

Parsed read_cluster(const Pieces& pieces, const Scheme& scheme) {
  if (!pieces.query.empty()) return std::string("The Redis URL of a Cluster has a query or a fragment.");
  Deployment deployment{.topology = Topology::cluster};
  std::string wrong = read_seeds(pieces, scheme, pieces.path, deployment);
  if (!wrong.empty()) return wrong;
  deployment.entry = deployment.seeds.front();
  if (deployment.entry.database != 0) return std::string("A Redis Cluster has database 0 only.");
  return deployment;
}

// Only what says how to enter, wherever the server is.
Url without_place(Url url) {
  url.host.clear();
  url.path.clear();
  url.port = Url{}.port;
  return url;
}

std::string encoded(std::string_view text) { return urls::encode(text, urls::unreserved_chars); }

std::string user_of(const Url& url) {
  std::string text = encoded(url.user);
  if (!url.password.empty()) text += ":***";
  return text.empty() ? text : text + '@';
}

}  // namespace

const char* name(Topology topology) {
  switch (topology) {
    case Topology::standalone: return "standalone";
    case Topology::sentinel: return "sentinel";
    case Topology::cluster: return "cluster";
  }
  return "";
}

Parsed parse_deployment(std::string_view text) {
  if (text.size() > longest_text) return std::string("The Redis URL is too long.");
  const Pieces pieces = cut(text);
  const auto* scheme = std::find_if(schemes.begin(), schemes.end(), [&](const Scheme& known) { return known.name == pieces.scheme; });
  if (scheme == schemes.end()) {
    return std::string(
        "A Redis URL begins with redis://, rediss://, unix://, redis+sentinel://, rediss+sentinel://, redis+cluster:// or "
        "rediss+cluster://.");
  }
  const std::string_view first = pieces.path.substr(pieces.path.empty() ? 0 : 1);
  const bool names_master =
      pieces.scheme != "unix" && is_master_name(first.substr(0, first.find('/'))) && !is_number(first.substr(0, first.find('/')));
  Parsed deployment = [&]() -> Parsed {
    if (scheme->topology == Topology::cluster) return read_cluster(pieces, *scheme);
    if (scheme->topology == Topology::sentinel || names_master) return read_sentinels(pieces, *scheme);
    auto server = parse_url(text);
    if (!server) return server.error();
    return standalone(std::move(*server));
  }();
  if (deployment) deployment->entry = without_place(deployment->entry);
  return deployment;
}

std::string printable(const Deployment& deployment) {
  const Url& first = deployment.seeds.front();
  if (deployment.topology == Topology::standalone) return printable(first);
  std::string text = deployment.entry.transport == Url::Transport::tls ? "rediss+" : "redis+";
  text += name(deployment.topology);
  text += "://" + user_of(deployment.entry);
  for (const Url& seed : deployment.seeds) {
    if (&seed != &first) text += ',';
    text += (seed.host.find(':') != std::string::npos ? "[" + seed.host + "]" : seed.host) + ':' + std::to_string(seed.port);
  }
  if (deployment.topology == Topology::cluster) return text;
  text += '/' + deployment.master;
  if (deployment.entry.database != 0) text += '/' + std::to_string(deployment.entry.database);
  if (first.user == deployment.entry.user && first.password == deployment.entry.password) return text;
  text += "?sentinel_password=";
  if (!first.password.empty()) text += "***";
  if (!first.user.empty()) text += "&sentinel_user=" + encoded(first.user);
  return text;
}

Deployment standalone(Url server) {
  Deployment deployment;
  deployment.entry = without_place(server);
  deployment.seeds.push_back(std::move(server));
  return deployment;
}

}  // namespace cartd::redis
