// Pieces are conserved: what was added to any cart of a customer is, in the end, in one of them or in an order, once.
// Pure.
#pragma once

#include "chaos/checker/checker.h"
#include "chaos/checker/purchase.h"

#include <string>
#include <vector>

namespace cartd::test {

/// `carts` are all of the customer's, as sources show them in the end, and `orders` theirs. Adds to the result.
///
/// How many there are at least is only known of what could not come into a cart that was deleted, and of a customer
/// whose merges had the policy sum.
void check_conservation(const std::string& name, const CustomerHistory& customer, const std::vector<FinalCarts>& carts,
                        const std::vector<FinalOrders>& orders, CheckResult& result);

}  // namespace cartd::test
