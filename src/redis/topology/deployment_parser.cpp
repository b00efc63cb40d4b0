#include "redis/topology/deployment.h"

#include "redis/protocol/url_parameters.h"
#include "util/ascii.h"
#include "util/decimal.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace cartd::redis {
namespace {

using Parsed = boost::system::result<Deployment, std::string>;

constexpr std::size_t longest_text = 4096;
constexpr std::uint16_t sentinel_port = 26379;
constexpr std::string_view blanks = " \t\r\n\v\f";

struct Scheme {
  Topology topology;
  Url::Transport transport;
};

// "valkeys+cluster" as "redis-cluster" and "redis+clusters": what people and other clients call it.
std::optional<Scheme> read_scheme(std::string_view scheme) {
  std::string name = lower_case(scheme);
  std::replace(name.begin(), name.end(), '-', '+');
  for (const Topology topology : {Topology::sentinel, Topology::cluster}) {
    const std::string kind = std::string("+") + cartd::redis::name(topology);
    const bool with_tls = name.ends_with(kind + "s");
    if (!with_tls && !name.ends_with(kind)) continue;
    const auto transport = transport_of(std::string_view(name).substr(0, name.rfind('+')));
    if (!transport || *transport == Url::Transport::unix_socket) return std::nullopt;
    return Scheme{topology, with_tls ? Url::Transport::tls : *transport};
  }
  const auto transport = transport_of(name);
  return transport ? std::optional(Scheme{Topology::standalone, *transport}) : std::nullopt;
}

// A URL cut where its grammar cuts it (RFC 3986), before anything is decoded.
struct Pieces {
  std::string_view scheme{};
  std::string_view user{};      // With the "@".
  std::string_view hosts{};     // host:port, separated by commas.
  std::string_view path{};      // With its slash.
  std::string_view query{};     // With its question mark.
  std::string_view fragment{};  // With its "#".
};

Pieces cut(std::string_view text) {
  Pieces pieces;
  const std::size_t colon = std::min(text.find("://"), text.size());
  pieces.scheme = text.substr(0, colon);
  std::string_view rest = text.substr(std::min(colon + 3, text.size()));
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  rest.remove_prefix(authority.size());
  const std::size_t at = authority.rfind('@');
  pieces.user = authority.substr(0, at == std::string_view::npos ? 0 : at + 1);
  pieces.hosts = authority.substr(pieces.user.size());
  pieces.path = rest.substr(0, rest.find_first_of("?#"));
  rest.remove_prefix(pieces.path.size());
  pieces.query = rest.substr(0, rest.find('#'));
  pieces.fragment = rest.substr(pieces.query.size());
  return pieces;
}

// Names that Sentinel accepts for a master (sentinel.conf, "sentinel monitor").
bool is_master_name(std::string_view name) {
  constexpr std::size_t longest_name = 128;
  return !name.empty() && name.size() <= longest_name && std::all_of(name.begin(), name.end(), util::is_name_character);
}

// The part after the path.
struct Given {
  boost::system::result<UrlParameters, std::string> parameters;
  std::optional<std::string> master{};
};

// Servers are read with it, as a password may stand there for the user before the host; what is wrong with it is told
// last.
std::string_view query_of(const Pieces& pieces, const Given& given) {
  return given.parameters ? pieces.query : std::string_view();
}

// Lettuce writes what Sentinels watch behind "#"; redis-rs has "#insecure".
std::string read_fragment(std::string_view fragment, const Scheme& scheme, Given& given) {
  if (fragment.empty() || !given.parameters) return {};
  const std::string_view text = fragment.substr(1);
  if (scheme.topology == Topology::sentinel && is_master_name(text) && !given.master) {
    given.master = text;
  } else if (scheme.transport == Url::Transport::tls && text == "insecure" && !given.parameters->tls_options.verify) {
    given.parameters->tls_options.verify = false;
  } else {
    return "The Redis URL has a fragment; a # in a password is written %23.";
  }
  return {};
}

// The path's segments: "/carts/2/" has two.
std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> list;
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t slash = std::min(path.find('/'), path.size());
    list.push_back(path.substr(0, slash));
    path.remove_prefix(slash);
  }
  if (list.size() == 1 && list.front().empty()) list.clear();
  return list;
}

// Reads each host as the server of a URL of its own, which ends in `rest_of_url`. Empty, or what is wrong.
std::string read_seeds(const Pieces& pieces, Url::Transport transport, const std::string& rest_of_url,
                       Deployment& deployment) {
  const bool of_sentinels = deployment.topology == Topology::sentinel;
  std::string_view rest = pieces.hosts;
  for (bool more = true; more;) {
    const std::size_t comma = rest.find(',');
    more = comma != std::string_view::npos;
    const std::string_view host = rest.substr(0, comma);
    if (host.empty() && pieces.hosts.find(',') != std::string_view::npos)
      return "The Redis URL's list of servers has an empty entry: remove a comma.";
    std::string text(transport == Url::Transport::tls ? "rediss" : "redis");
    text.append("://").append(pieces.user).append(host).append(rest_of_url);
    const auto url = parse_url(text, of_sentinels ? sentinel_port : Url{}.port);
    if (!url) return url.error();
    if (deployment.seeds.size() == Deployment::most_seeds) return "The Redis URL names too many servers.";
    deployment.seeds.push_back(*url);
    if (more) rest.remove_prefix(comma + 1);
  }
  return {};
}

// Adds the parameters to every seed, and takes the first for how to enter the others. Empty, or what is wrong.
std::string apply_to_all(const UrlParameters& parameters, bool path_names_database, Deployment& deployment) {
  for (Url& seed : deployment.seeds) {
    std::string wrong = apply(parameters, path_names_database ? std::optional(seed.database) : std::nullopt, seed);
    if (!wrong.empty()) return wrong;
  }
  deployment.entry = deployment.seeds.front();
  return {};
}

// Gives the Sentinels user and password of their own, if there are any. Empty, or what is wrong.
std::string apply_to_sentinels(const UrlParameters& parameters, std::vector<Url>& sentinels) {
  if (parameters.sentinel_user && !parameters.sentinel_user->empty() &&
      parameters.sentinel_password.value_or("").empty())
    return "The Redis URL has a sentinel_user but no sentinel_password.";
  if (!parameters.sentinel_user && !parameters.sentinel_password) return {};
  for (Url& sentinel : sentinels) {
    sentinel.user = parameters.sentinel_user.value_or("");
    sentinel.password = parameters.sentinel_password.value_or("");
  }
  return {};
}

// The name of what the Sentinels watch stands in the path, where a database may follow it, or elsewhere: then the path
// is that of a server.
Parsed read_sentinels(const Pieces& pieces, Url::Transport transport, const Given& given) {
  Deployment deployment{.topology = Topology::sentinel};
  std::vector<std::string_view> path = segments(pieces.path);
  const bool in_path = !path.empty() && (!given.master || !util::all_digits(path.front()));
  if (in_path) {
    deployment.master = path.front();
    path.erase(path.begin());
  }
  if (given.master && in_path && deployment.master != *given.master)
    return std::string("The Redis URL has two master names.");
  if (given.master) deployment.master = *given.master;
  if (!is_master_name(deployment.master))
    return std::string("The Redis URL needs the master's name at its end: redis+sentinel://host/name.");
  std::string database;
  for (const std::string_view segment : path) database.append("/").append(segment);
  std::string wrong = read_seeds(pieces, transport, database.append(query_of(pieces, given)), deployment);
  if (!wrong.empty()) return wrong;
  if (!given.parameters) return given.parameters.error();
  wrong = apply_to_all(*given.parameters, !path.empty(), deployment);
  if (!wrong.empty()) return wrong;
  for (Url& sentinel : deployment.seeds) sentinel.database = 0;
  wrong = apply_to_sentinels(*given.parameters, deployment.seeds);
  if (!wrong.empty()) return wrong;
  return deployment;
}

Parsed read_servers(const Pieces& pieces, const Scheme& scheme, const Given& given) {
  Deployment deployment{.topology = scheme.topology};
  if (scheme.topology == Topology::standalone && pieces.hosts.find(',') != std::string_view::npos)
    return std::string(
        "The Redis URL has several servers: write redis+cluster://h1,h2 for a Cluster, or redis+sentinel://h1,h2/name "
        "for Sentinels.");
  std::string wrong;
  if (scheme.transport == Url::Transport::unix_socket) {
    const auto url = parse_url(std::string("unix://")
                                   .append(pieces.user)
                                   .append(pieces.hosts)
                                   .append(pieces.path)
                                   .append(query_of(pieces, given)));
    if (!url) return url.error();
    deployment.seeds.push_back(*url);
  } else {
    wrong = read_seeds(pieces, scheme.transport, std::string(pieces.path).append(query_of(pieces, given)), deployment);
  }
  if (!wrong.empty()) return wrong;
  if (!given.parameters) return given.parameters.error();
  if (given.parameters->sentinel_user || given.parameters->sentinel_password)
    return std::string("The Redis URL has a login for Sentinels but no master name at its end.");
  const bool path_names_database = scheme.transport != Url::Transport::unix_socket && pieces.path.size() > 1;
  wrong = apply_to_all(*given.parameters, path_names_database, deployment);
  if (!wrong.empty()) return wrong;
  if (scheme.topology == Topology::cluster && deployment.entry.database != 0)
    return std::string("A Redis Cluster has database 0 only.");
  return deployment;
}

}  // namespace

Parsed parse_deployment(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  text.remove_suffix(text.size() - (text.find_last_not_of(blanks) + 1));
  if (text.size() > longest_text) return std::string("The Redis URL is too long.");
  const Pieces pieces = cut(text);
  const std::optional<Scheme> scheme = read_scheme(pieces.scheme);
  if (!scheme) {
    return std::string(
        "A Redis URL begins with redis://, rediss://, unix://, redis+sentinel://, rediss+sentinel://, redis+cluster:// "
        "or "
        "rediss+cluster://; with valkey in place of redis it means the same.");
  }
  if (text.find_first_of(blanks) != std::string_view::npos)
    return std::string("The Redis URL has a blank or a line break in it; in a password a blank is written %20.");
  Given given{parse_url_parameters(pieces.query)};
  if (given.parameters) given.master = given.parameters->master;
  if (const std::string wrong = read_fragment(pieces.fragment, *scheme, given); !wrong.empty()) return wrong;

  const std::vector<std::string_view> path = segments(pieces.path);
  const bool names_master =
      given.master || (!path.empty() && is_master_name(path.front()) && !util::all_digits(path.front()));
  const bool by_sentinels =
      scheme->topology == Topology::sentinel ||
      (scheme->topology == Topology::standalone && scheme->transport != Url::Transport::unix_socket && names_master);
  Parsed deployment =
      by_sentinels ? read_sentinels(pieces, scheme->transport, given) : read_servers(pieces, *scheme, given);
  if (!deployment) return deployment;
  deployment->entry = entry_of(deployment->entry);
  deployment->client_name = given.parameters->client_name;
  deployment->ignored = given.parameters->ignored;
  return deployment;
}

}  // namespace cartd::redis
