// For tests of the permissions that the doctor prints.
#pragma once

#include "apps/programs.h"
#include "support/redis_probe.h"

#include <string>
#include <vector>

namespace cartd::test {

/// Runs `cartctl doctor` on the deployment at `url`.
Ended doctor(const std::string& url, std::vector<std::string> more = {});

/// Runs a printed ACL line as an operator would paste it, with this password, and counts commands from now on.
void paste(RedisProbe probe, std::string line, const std::string& password);

/// Uses every kind of command that there is, on carts and on a user, through cartctl.
void use_everything(const RunningCartd& cartd, const std::string& id);

/// The commands that `line` permits and that no server of `probes` was sent since paste().
std::vector<std::string> unused(const std::string& line, std::vector<RedisProbe> probes);

/// What the server of `probe` refused for want of permission: "config|get", …
std::vector<std::string> refused(RedisProbe probe);

}  // namespace cartd::test
