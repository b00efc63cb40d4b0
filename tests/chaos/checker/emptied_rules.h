// What a cart may still show after it was emptied: by a merge, which takes all that the source had, or by its deletion,
// after which no late step of a merge or of a completion brings anything back. Only what came later is there. Pure.
#pragma once

#include "chaos/checker/checker.h"
#include "chaos/checker/purchase.h"

#include <vector>

namespace cartd::test {

/// Adds to the result.
void check_emptied(const CustomerHistory& customer, const std::vector<FinalCarts>& finals, CheckOptions options,
                   CheckResult& result);

}  // namespace cartd::test
