// For tests of the permissions that the doctor prints.
#pragma once

#include "apps/programs.h"
#include "support/redis_probe.h"
#include "support/redis_server.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cartd::test {

/// Runs `cartctl doctor` on the deployment at `url`.
Ended doctor(const std::string& url, std::vector<std::string> more = {});

/// Runs a printed ACL line as an operator would paste it, with this password, and forgets what was refused so far.
void paste(RedisProbe probe, std::string line, const std::string& password);

/// Ends every connection of the user whom the line makes.
void cut(RedisProbe probe);

/// What the server of `probe` refused for want of permission since paste(): "config|get", …
std::vector<std::string> refused(RedisProbe probe);

/// All keys with what they hold, and whether they will expire.
std::map<std::string, std::vector<std::string>> everything_in(RedisProbe& probe);

/// The arguments of cartctl that together use every kind of command that there is, on one cart and one user.
std::vector<std::vector<std::string>> everything(const std::string& id);

using Servers = std::vector<RedisServer*>;

/// Makes cartd send what a permission may be needed for, until `enough` says that one was missed, or there is no more
/// to do.
using Use = std::function<void(const std::function<bool()>& enough)>;

/// The commands that `line` permits and cartd never sends. Each is taken away on all `servers` in turn, and a server
/// has to refuse it to cartd: statistics would not do, as a Sentinel keeps none, and elsewhere servers and tests are in
/// them, too.
std::vector<std::string> never_sent(const std::string& line, const std::string& password, const Servers& servers,
                                    const Use& use);

}  // namespace cartd::test
