// The faults between machines: the same wherever primaries have replicas.
#pragma once

#include "chaos/faults/fault_schedule.h"
#include "chaos/faults/links.h"

#include <string>
#include <vector>

namespace cartd::test {

/// All of them. Where there is a links_obstacle() none can be injected.
const std::vector<FaultKind>& network_faults();

/// The addresses of what a fault can hit.
struct FaultTargets {
  std::string primary{};
  Links::Addresses replicas{};  ///< The primary's.
  Links::Addresses others{};    ///< The servers and Sentinels but for the primary.
  std::string sentinel{};
  std::string cartd{};
  Links::Addresses cartds{};  ///< All of them.
};

/// Begins the fault, one of network_faults(), until links.restore().
void inject(Links& links, FaultKind kind, const FaultTargets& targets);

/// The cartds' addresses.
Links::Addresses cartd_addresses(std::size_t cartds);

}  // namespace cartd::test
