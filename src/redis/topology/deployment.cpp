#include "redis/topology/deployment.h"

#include "redis/protocol/url_parameters.h"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <utility>

namespace cartd::redis {
namespace {

namespace urls = boost::urls;

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

std::string printable(const Deployment& deployment) {
  const Url& first = deployment.seeds.front();
  std::string text;
  if (deployment.topology == Topology::standalone) {
    text = printable(first);
    if (!deployment.client_name.empty()) append_parameter(text, "client_name", deployment.client_name);
    return text;
  }
  text = deployment.entry.transport == Url::Transport::tls ? "rediss+" : "redis+";
  text += name(deployment.topology);
  text += "://" + user_of(deployment.entry);
  for (const Url& seed : deployment.seeds) {
    if (&seed != &first) text += ',';
    text += printable_host(seed.host) + ':' + std::to_string(seed.port);
  }
  if (deployment.topology == Topology::sentinel) {
    text += '/' + deployment.master;
    if (deployment.entry.database != 0) text += '/' + std::to_string(deployment.entry.database);
    if (first.user != deployment.entry.user || first.password != deployment.entry.password) {
      // No secret, and so not to be encoded.
      text += "?sentinel_password=";
      if (!first.password.empty()) text += "***";
      if (!first.user.empty()) append_parameter(text, "sentinel_user", first.user);
    }
  }
  append_parameters(text, deployment.entry.tls);
  if (!deployment.client_name.empty()) append_parameter(text, "client_name", deployment.client_name);
  return text;
}

std::string add_tls(const TlsOptions& options, Deployment& deployment, std::string& option) {
  for (const std::string_view name : tls_option_names) {
    const std::string value = tls_option(options, name);
    if (value.empty()) continue;
    option = name;
    if (deployment.entry.transport != Url::Transport::tls) return "needs TLS: begin the Redis URL with rediss://";
    const std::string in_url = tls_option(deployment.entry.tls, name);
    if (!in_url.empty() && in_url != value)
      return "contradicts the Redis URL, which has another " + std::string(name) + "";
    set_tls_option(deployment.entry.tls, name, value);
  }
  for (Url& seed : deployment.seeds) seed.tls = deployment.entry.tls;
  return {};
}

std::vector<std::string> warnings(const Deployment& deployment) {
  std::vector<std::string> lines;
  if (!deployment.entry.tls.verifies())
    lines.emplace_back(
        "the certificates of Redis are not verified (tls_verify=none): anyone on the network path can read and change "
        "all traffic");
  std::string names;
  for (const std::string& name : deployment.ignored) names += (names.empty() ? "" : ", ") + name;
  if (!names.empty()) lines.push_back("the Redis URL has parameters for other clients, which cartd ignores: " + names);
  return lines;
}

Url entry_of(Url url) {
  url.host.clear();
  url.path.clear();
  url.port = Url{}.port;
  return url;
}

Deployment standalone(Url server) {
  Deployment deployment;
  deployment.entry = entry_of(server);
  deployment.seeds.push_back(std::move(server));
  return deployment;
}

Endpoint endpoint_of(const Url& url) {
  if (url.transport == Url::Transport::unix_socket) return {url.path, 0};
  return {url.host, url.port};
}

Url url_of(const Deployment& deployment, const Endpoint& endpoint) {
  if (deployment.topology == Topology::standalone) return deployment.seeds.front();
  Url url = deployment.entry;
  url.host = endpoint.host;
  url.port = endpoint.port;
  return url;
}

}  // namespace cartd::redis
