// Where carts are kept in Redis and how to enter, as one text: one server, the servers that Sentinels watch, or a
// Cluster.
#pragma once

#include "redis/protocol/endpoint.h"
#include "redis/protocol/url.h"

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::redis {

/// How the servers of a deployment are found.
enum class Topology {
  standalone,  ///< The one server of the URL.
  sentinel,    ///< Sentinels name the primary.
  cluster,     ///< Hash slots tell the server of a key (Redis Cluster specification).
};

/// "standalone", "sentinel" or "cluster".
const char* name(Topology topology);

/// One of
///   redis://[[user]:password@]host[:port][/db], rediss:// for TLS, unix://[[user]:password@]/path
///   redis+sentinel://[[user]:password@]host[:port][,host[:port]…]/master[/db], rediss+sentinel://
///   redis+cluster://[[user]:password@]host[:port][,host[:port]…], rediss+cluster://
/// with parameters behind a question mark (see UrlParameters), blanks around it, and in other clients' spelling: valkey
/// for redis,
/// "-" for "+", redis+clusters. Also redis://host[:port]/master[/db], where the server is a Sentinel: a path that is no
/// number names what it watches; so do the parameter master and, as in Lettuce, a fragment behind redis-sentinel://. A
/// Sentinel's port is 26379 when none is given, a server's 6379. Sentinels are entered with the parameters
/// sentinel_user and sentinel_password, else with what the servers are entered with; one that asks for no password is
/// entered without. TLS is the same for all.
struct Deployment {
  static constexpr std::size_t most_seeds = 32;

  Topology topology = Topology::standalone;
  /// The servers to ask first: the server, the Sentinels, or some servers of the Cluster. 1 to most_seeds; several only
  /// with Sentinels and Clusters.
  std::vector<Url> seeds{};
  /// How to enter the servers that are found: transport, TLS, user, password, database. Host, port and path mean
  /// nothing.
  Url entry{};
  /// The name that the Sentinels use for the servers they watch together.
  std::string master{};
  /// The name of the connections on the server; empty: as in ClientOptions.
  std::string client_name{};
  /// Parameters that are other clients' and were passed over.
  std::vector<std::string> ignored{};

  friend bool operator==(const Deployment&, const Deployment&) = default;
};

/// The parts of `text`, or one sentence, without any part of `text` that could be a secret, that says what is wrong.
boost::system::result<Deployment, std::string> parse_deployment(std::string_view text);

/// `deployment` for people, as a URL: every password is replaced by "***".
std::string printable(const Deployment& deployment);

/// Adds `options`, which stand beside the URL, for all servers. Empty, or the end of a sentence that begins with one of
/// tls_option_names, which is put into `option`, and says why that is not possible.
std::string add_tls(const TlsOptions& options, Deployment& deployment, std::string& option);

/// Warnings about `deployment` for every start, a line each. Names no server and no secret.
std::vector<std::string> warnings(const Deployment& deployment);

/// Only what says how to enter, wherever the server is: `url` without host, port and path.
Url entry_of(Url url);

/// The deployment that consists of one server.
Deployment standalone(Url server);

/// Where the server of `url` is.
Endpoint endpoint_of(const Url& url);

/// How to reach the server at `endpoint` of `deployment`.
Url url_of(const Deployment& deployment, const Endpoint& endpoint);

}  // namespace cartd::redis
