// One order a checkout: whoever asks for it, wherever and whenever, is shown the same one, and it is never gone. Pure.
//
// Where the store may roll back, the order is the same but for when it was completed, whether that was late, and what
// the cart no longer held: a completion that is sent again decides these anew.
#pragma once

#include "chaos/checker/checker.h"
#include "chaos/checker/purchase.h"

#include <vector>

namespace cartd::test {

/// Adds to the result.
void check_orders(const CustomerHistory& customer, const std::vector<FinalOrders>& finals, CheckOptions options,
                  CheckResult& result);

}  // namespace cartd::test
