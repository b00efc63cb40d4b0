// The seed of the suite's random inputs and faults.
#pragma once

#include <cstdint>

namespace cartd::test {

/// TEST_SEED (./dev test --seed), 1 without it, so that a run can be repeated. Prints it beside the test that asks.
/// Throws std::invalid_argument when it is not a whole number from 1 to 4294967295.
std::uint32_t test_seed();

}  // namespace cartd::test
