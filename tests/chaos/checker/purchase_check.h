// Checks merges, moves, checkouts and orders, by rules of their own: there is one order a checkout (order_rules.h),
// pieces are conserved (conservation_rules.h), and what emptied a cart took all of it, for good (emptied_rules.h).
// Pure.
//
// The order of single commands is not searched for here: it would be one order of several carts together. So the carts
// of customers are apart from those that checker.h is about.
//
// What the clients have to keep to:
// - A customer's carts are used by clients of that customer alone, and nothing is removed or set in them.
// - A completion, and whatever has a key, is sent again until it is acknowledged or surely cannot be.
//
// Where the store may roll back, only orders are looked at of a customer of several cartds, and of one that had a merge
// or move which was answered with a failure, or not at all: a failover may have the steps of its merges decided anew,
// on other pieces.
#pragma once

#include "chaos/checker/checker.h"
#include "chaos/checker/history.h"

#include <vector>

namespace cartd::test {

/// Adds to the result.
void check_purchases(const std::vector<PurchaseExchange>& exchanges, const std::vector<FinalCarts>& carts,
                     const std::vector<FinalOrders>& orders, CheckOptions options, CheckResult& result);

}  // namespace cartd::test
