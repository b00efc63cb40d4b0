// Checks what clients were told about users. Pure.
//
// Users are written to the store at once, or not at all: no cartd keeps their changes. So where the store rolls nothing
// back, some order of all writes explains every answer; where it does, an acknowledged write may be gone, and each
// field still has a value that somebody wrote.
#pragma once

#include "chaos/checker/checker.h"
#include "chaos/checker/history.h"

#include <vector>

namespace cartd::test {

/// `finals` are the users as sources show them in the end. Adds to the result.
void check_users(const std::vector<UserExchange>& exchanges, const std::vector<FinalUsers>& finals,
                 CheckOptions options, CheckResult& result);

}  // namespace cartd::test
