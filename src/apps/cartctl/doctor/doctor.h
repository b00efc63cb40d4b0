// `cartctl doctor`: examines a Redis deployment and prints what it found.
#pragma once

#include "apps/cartctl/doctor/deployment_judgement.h"
#include "redis/protocol/tls_options.h"
#include "redis/topology/deployment.h"

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace cartd::doctor {

/// The findings as lines for people, each with its level and what to do, and the ACL lines.
std::string report_text(const std::vector<Chapter>& chapters, redis::Topology topology);
/// The same as one JSON object: "redis", "topology", "findings" [{"level", "server"?, "check", "text", "advice"?}],
/// "acl", "sentinel_acl"?.
std::string report_json(const std::vector<Chapter>& chapters, redis::Topology topology, const std::string& redis);

/// What to examine, and how to print it.
struct Options {
  std::string redis_url;
  redis::TlsOptions tls;        ///< In addition to the URL's.
  std::uint64_t sample = 1000;  ///< How many carts of each primary to check.
  bool json = false;
};

/// Exit code 0 when nothing is bad, 1 when something is or there is no connection, 2 when the URL is wrong. Progress
/// goes to `err`, and only when that is a terminal.
int run(const Options& options, std::ostream& out, std::ostream& err, bool err_is_terminal);

}  // namespace cartd::doctor
