// The permissions that cartd needs on a Redis, for an operator to paste.
#pragma once

#include "redis/topology/deployment.h"

#include <string>

namespace cartd::doctor {

/// One ACL SETUSER command for redis-cli, for every server of such a deployment. It allows cartd's keys and the very
/// commands that cartd sends and its scripts call, and nothing else.
std::string acl_line(redis::Topology topology);

/// The same for every Sentinel.
std::string sentinel_acl_line();

}  // namespace cartd::doctor
