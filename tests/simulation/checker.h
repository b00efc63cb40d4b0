// Holds what is in the store in the end against what clients were told. Pure.
#pragma once

#include "simulation/server.h"
#include "simulation/workload.h"

#include <string>
#include <vector>

namespace cartd::simulation {

/// In sentences: what was acknowledged and is lost, what was done twice or though it was refused.
std::vector<std::string> check(const std::vector<Command>& commands, const Server& primary);

}  // namespace cartd::simulation
