// The environment variables that configure cartd, and those that only look as if they did.
#pragma once

#include "apps/cartd/config.h"
#include "apps/cartd/setting.h"

#include <string>
#include <vector>

namespace cartd::app {

/// A line for each of `names` that begins with CARTD_, has a value and is no setting's: cartd does not read it.
/// Kubernetes' own variables for a service that is called cartd are left out.
std::vector<std::string> unknown_variables(const std::vector<std::string>& names, const Environment& environment,
                                           const std::vector<Setting>& table);

}  // namespace cartd::app
