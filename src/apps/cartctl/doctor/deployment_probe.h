// Finds the servers of a Redis deployment as cartd finds them, and looks at those who decide about them and at every
// primary.
#pragma once

#include "apps/cartctl/doctor/facts.h"
#include "redis/topology/deployment.h"

#include <cstdint>
#include <functional>
#include <string>

namespace cartd::doctor {

/// The facts, or why no server can be asked. Checks up to `most_carts` carts of each primary; `progress` is
/// told now and then how many it has seen on the one it is at.
Looked<Examined> examine(redis::Deployment deployment, std::uint64_t most_carts,
                         const std::function<void(std::uint64_t)>& progress);

}  // namespace cartd::doctor
