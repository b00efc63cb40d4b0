#include "simulation/world.h"
#include "support/seed.h"

#include <gtest/gtest.h>

#include <iostream>

namespace cartd::test {
namespace {

constexpr std::uint64_t schedules = 3000;

/// The first seed at which a promise is broken; 0 when there is none.
std::uint64_t first_violation(const Guards& guards, std::string& what) {
  for (std::uint64_t seed = 1; seed <= schedules; ++seed) {
    const Verdict verdict = simulate(seed, guards);
    if (verdict.violations.empty()) continue;
    what = verdict.violations.front();
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

TEST(Simulation, NothingAcknowledgedIsLostAndNothingIsAppliedTwice) {
  Verdict all;
  const std::uint64_t first = test_seed();
  for (std::uint64_t seed = first; seed < first + schedules; ++seed) {
    const Verdict verdict = simulate(seed, Guards{});
    if (!verdict.violations.empty()) {
      simulate(seed, Guards{}, &std::cout);
      for (const std::string& violation : verdict.violations) ADD_FAILURE() << "seed " << seed << ": " << violation;
      break;
    }
    all.commands += verdict.commands;
    all.acknowledged += verdict.acknowledged;
    all.from_journal += verdict.from_journal;
    all.unknown += verdict.unknown;
    all.failovers += verdict.failovers;
    all.repeated += verdict.repeated;
  }
  std::cout << all.commands << " commands in schedules from seed " << first << ": " << all.acknowledged
            << " acknowledged, " << all.from_journal << " of them from the journal, " << all.unknown << " unknown; "
            << all.failovers << " failovers, " << all.repeated << " repetitions\n";
  // The schedules did their work.
  EXPECT_GT(all.from_journal, schedules);
  EXPECT_GT(all.unknown, schedules / 10);
  EXPECT_GT(all.failovers, schedules);
  EXPECT_GT(all.repeated, schedules);
}

TEST(Simulation, IsSafeWithUncheckedFirstAttemptsBehindAFence) {
  Guards guards;
  guards.checked_first = false;
  std::string what;
  EXPECT_EQ(first_violation(guards, what), 0u) << what;
}

TEST(Simulation, FindsWhatHappensWithoutAppliedSequences) {
  Guards guards;
  guards.applied_sequences = false;
  expect_found(guards, "twice");
}

TEST(Simulation, FindsWhatHappensToUncheckedAttemptsWithoutAFence) {
  Guards guards;
  guards.checked_first = false;
  guards.fence = false;
  expect_found(guards, "twice");
}

TEST(Simulation, FindsWhatHappensWhenThePrimaryIsTakenAtItsWord) {
  Guards guards;
  guards.authority = false;
  expect_found(guards, "lost");
}

TEST(Simulation, FindsWhatHappensWhenTheSentinelsAreAskedTooSoon) {
  Guards guards;
  guards.authority_lag = false;
  expect_found(guards, "lost");
}

TEST(Simulation, FindsWhatHappensWhenNewCommandsOvertakeRetainedOnes) {
  Guards guards;
  guards.retained_first = false;
  expect_found(guards, "lost");
}

}  // namespace
}  // namespace cartd::test
