#include "simulation/simulation.h"
#include "support/seed.h"

#include <gtest/gtest.h>

#include <iostream>

namespace cartd::simulation {
namespace {

constexpr std::uint64_t schedules = 3000;

/// The first seed with a violation; 0 when there is none.
std::uint64_t first_violation(const Guards& guards, std::string& what) {
  for (std::uint64_t seed = 1; seed <= schedules; ++seed) {
    const Findings findings = simulate(seed, guards);
    if (findings.violations.empty()) continue;
    what = findings.violations.front();
    return seed;
  }
  return 0;
}

void expect_found(const Guards& guards, const std::string& kind) {
  std::string what;
  const std::uint64_t seed = first_violation(guards, what);
  std::cout << "found at seed " << seed << ": " << what << "\n";
  EXPECT_NE(seed, 0u);
  EXPECT_NE(what.find(kind), std::string::npos) << what;
}

TEST(Simulation, NothingAcknowledgedIsLostOrAppliedTwice) {
  Findings all;
  const std::uint64_t first = test::test_seed();
  for (std::uint64_t seed = first; seed < first + schedules; ++seed) {
    const Findings findings = simulate(seed, Guards{});
    if (!findings.violations.empty()) {
      simulate(seed, Guards{}, &std::cout);
      for (const std::string& violation : findings.violations) ADD_FAILURE() << "seed " << seed << ": " << violation;
      break;
    }
    all.commands += findings.commands;
    all.acknowledged += findings.acknowledged;
    all.from_journal += findings.from_journal;
    all.unknown += findings.unknown;
    all.failovers += findings.failovers;
    all.repetitions += findings.repetitions;
  }
  std::cout << all.commands << " commands in schedules from seed " << first << ": " << all.acknowledged
            << " acknowledged, " << all.from_journal << " of them from the journal, " << all.unknown << " unknown; "
            << all.failovers << " failovers, " << all.repetitions << " repetitions\n";
  // The schedules did their work.
  EXPECT_GT(all.from_journal, schedules);
  EXPECT_GT(all.unknown, schedules / 10);
  EXPECT_GT(all.failovers, schedules);
  EXPECT_GT(all.repetitions, schedules);
}

TEST(Simulation, NeedsNoComparisonOfFirstAttemptsBehindAFence) {
  Guards guards;
  guards.compared_first = false;
  std::string what;
  EXPECT_EQ(first_violation(guards, what), 0u) << what;
}

TEST(Simulation, FindsDoublesWithoutSequences) {
  Guards guards;
  guards.sequences = false;
  expect_found(guards, "twice");
}

TEST(Simulation, FindsDoublesOfUncomparedAttemptsWithoutAFence) {
  Guards guards;
  guards.compared_first = false;
  guards.fence = false;
  expect_found(guards, "twice");
}

TEST(Simulation, FindsLossesWhenNobodyConfirmsThePrimary) {
  Guards guards;
  guards.authority = false;
  expect_found(guards, "lost");
}

TEST(Simulation, FindsLossesWhenSentinelsAreAskedTooSoon) {
  Guards guards;
  guards.authority_lag = false;
  expect_found(guards, "lost");
}

TEST(Simulation, FindsLossesWhenNewCommandsOvertakeUnconfirmedOnes) {
  Guards guards;
  guards.unconfirmed_first = false;
  expect_found(guards, "lost");
}

}  // namespace
}  // namespace cartd::simulation
