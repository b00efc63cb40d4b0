// What cartds, and Redis, show when a run is over.
//
// Failure: std::runtime_error where something is not shown.
#pragma once

#include "chaos/checker/checker.h"
#include "chaos/deployment/deployment.h"
#include "chaos/deployment/fleet.h"

#include <set>
#include <string>
#include <vector>

namespace cartd::test {

std::vector<FinalCarts> read_carts(Deployment& deployment, const Fleet& fleet, const std::vector<std::string>& carts);
std::vector<FinalUsers> read_users(Deployment& deployment, const Fleet& fleet, const std::vector<std::string>& users);
/// Those of the carts, and those of the checkouts that are orders, asked for one by one.
std::vector<FinalOrders> read_orders(const Fleet& fleet, const std::vector<std::string>& carts,
                                     const std::set<std::string>& checkouts);

}  // namespace cartd::test
