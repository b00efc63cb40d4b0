// Holds a run's history, and what the store has in the end, against the rules of the chaos tests' checker. Pure.
#pragma once

#include "chaos/checker/checker.h"
#include "chaos/checker/history.h"
#include "chaos/checker/promises.h"
#include "simulation/scenario.h"
#include "simulation/server.h"

#include <string>
#include <vector>

namespace cartd::simulation {

test::CheckResult check_run(std::vector<test::Exchange> history, const std::vector<test::Kill>& kills,
                            const std::vector<std::string>& carts, const Server& primary, const Scenario& scenario);

test::CheckResult check_merges(std::vector<test::PurchaseExchange> history, const std::vector<test::Kill>& kills,
                               const std::vector<std::string>& carts, const Server& primary, const Scenario& scenario);

}  // namespace cartd::simulation
