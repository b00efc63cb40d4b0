// Checks the history of one cart by all rules. Pure.
#pragma once

#include "chaos/checker/checker.h"
#include "chaos/checker/history.h"

#include <string>
#include <vector>

namespace cartd::test {

/// `exchanges` are all of the cart, by start. Adds to the result.
void check_cart(const std::string& id, const std::vector<Exchange>& exchanges, const std::vector<FinalCarts>& finals,
                CheckOptions options, CheckResult& result);

}  // namespace cartd::test
