// The permissions that cartd needs on a Redis, for an operator to paste.
#pragma once

#include <string>

namespace cartd::cartctl {

/// One ACL SETUSER command for redis-cli. It allows cartd's keys and the very commands that cartd sends and its
/// scripts call, and nothing else.
std::string acl_line();

}  // namespace cartd::cartctl
