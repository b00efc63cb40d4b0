// `cartctl doctor`: examines a Redis deployment and prints what it found.
#pragma once

#include "apps/cartctl/deployment_judgement.h"
#include "apps/cartctl/options.h"
#include "redis/topology/deployment.h"

#include <iosfwd>
#include <string>
#include <vector>

namespace cartd::cartctl {

/// The findings as lines for people, each with its level and what to do, and the ACL lines.
std::string report_text(const std::vector<Chapter>& chapters, redis::Topology topology);
/// The same as one JSON object: "redis", "topology", "findings" [{"level", "server"?, "check", "text", "advice"?}],
/// "acl", "sentinel_acl"?.
std::string report_json(const std::vector<Chapter>& chapters, redis::Topology topology, const std::string& redis);

/// Exit code 0 when nothing is bad, 1 when something is or there is no connection, 2 when the URL is wrong. Progress
/// goes to `err`, and only when that is a terminal.
int run_doctor(const Options& options, std::ostream& out, std::ostream& err, bool err_is_terminal);

}  // namespace cartd::cartctl
