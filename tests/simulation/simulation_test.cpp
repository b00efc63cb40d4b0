#include "simulation/simulation.h"
#include "support/sanitized.h"
#include "support/seed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

namespace cartd::simulation {
namespace {

constexpr std::uint64_t schedules = test::is_sanitized ? 600 : 3000;

// Without one guard few schedules go wrong: without the Sentinels' lag about one in ten thousand.
constexpr std::uint64_t most_searched = 30'000;

using Simulate = Findings (*)(std::uint64_t seed, const Guards& guards, std::ostream* trace);

/// Some schedule has a violation of which the sentence says `kind`. The search begins at the seed `first`.
void expect_found(Simulate run, const Guards& guards, const std::string& kind, std::uint64_t first) {
  for (std::uint64_t seed = first; seed < first + most_searched; ++seed) {
    for (const std::string& violation : run(seed, guards, nullptr).violations) {
      if (violation.find(kind) == std::string::npos) continue;
      std::cout << "found at seed " << seed << ": " << violation << "\n";
      return;
    }
  }
  ADD_FAILURE() << "no schedule is found in which " << kind;
}

TEST(Simulation, EveryAnswerIsKept) {
  Findings all;
  const std::uint64_t first = test::test_seed();
  for (std::uint64_t seed = first; seed < first + schedules; ++seed) {
    const Findings findings = simulate(seed, Guards{});
    if (!findings.violations.empty()) {
      simulate(seed, Guards{}, &std::cout);
      for (const std::string& violation : findings.violations) ADD_FAILURE() << "seed " << seed << ": " << violation;
      break;
    }
    all.summary.requests += findings.summary.requests;
    all.summary.acknowledged += findings.summary.acknowledged;
    all.summary.from_memory += findings.summary.from_memory;
    all.summary.unpromised += findings.summary.unpromised;
    all.summary.from_journal += findings.summary.from_journal;
    all.summary.unknown += findings.summary.unknown;
    all.summary.mismatches += findings.summary.mismatches;
    all.summary.ordered += findings.summary.ordered;
    all.summary.exact_lines += findings.summary.exact_lines;
    all.failovers += findings.failovers;
    all.dropped_sequences += findings.dropped_sequences;
    all.outboxes.deduplicated += findings.outboxes.deduplicated;
    all.outboxes.restored += findings.outboxes.restored;
    all.outboxes.recovered += findings.outboxes.recovered;
  }
  std::cout << all.summary.requests << " requests in schedules from seed " << first << ": " << all.summary.acknowledged
            << " acknowledged, " << all.summary.from_journal << " of them from the journal and "
            << all.summary.from_memory << " from memory (" << all.summary.unpromised << " of these before a crash), "
            << all.summary.unknown << " unknown, " << all.summary.mismatches << " refused for their version; "
            << all.summary.exact_lines << " lines known exactly, " << all.summary.ordered << " carts in one order; "
            << all.failovers << " failovers, " << all.outboxes.deduplicated << " repetitions, " << all.outboxes.restored
            << " changes restored, " << all.outboxes.recovered << " recovered, " << all.dropped_sequences
            << " sequences of dead producers dropped\n";
  // The schedules did their work.
  EXPECT_GT(all.summary.from_journal, schedules);
  EXPECT_GT(all.summary.from_memory, schedules);
  EXPECT_GT(all.summary.unpromised, schedules / 10);
  EXPECT_GT(all.summary.unknown, schedules / 10);
  EXPECT_GT(all.summary.mismatches, schedules / 10);
  EXPECT_GT(all.summary.ordered, schedules / 2);
  EXPECT_GT(all.failovers, schedules);
  EXPECT_GT(all.outboxes.deduplicated, schedules);
  EXPECT_GT(all.outboxes.restored, schedules / 10);
  EXPECT_GT(all.outboxes.recovered, schedules / 10);
  EXPECT_GT(all.dropped_sequences, schedules / 10);
}

TEST(Simulation, NoMergeLosesOrDoublesPieces) {
  constexpr std::uint64_t some = schedules / 3;
  test::Summary all;
  const std::uint64_t first = test::test_seed();
  for (std::uint64_t seed = first; seed < first + some; ++seed) {
    const Findings findings = simulate_merges(seed, Guards{});
    if (!findings.violations.empty()) {
      simulate_merges(seed, Guards{}, &std::cout);
      for (const std::string& violation : findings.violations) ADD_FAILURE() << "seed " << seed << ": " << violation;
      break;
    }
    all.merges += findings.summary.merges;
    all.unknown += findings.summary.unknown;
    all.exact_lines += findings.summary.exact_lines;
  }
  std::cout << all.merges << " merges in schedules from seed " << first << ", " << all.unknown << " unknown answers, "
            << all.exact_lines << " quantities known exactly\n";
  EXPECT_GT(all.merges, some);
  EXPECT_GT(all.unknown, some);
  EXPECT_GT(all.exact_lines, some / 2);
}

TEST(Simulation, ATargetThatForgetsWhatItTookIsFound) {
  Guards guards;
  guards.taken = false;
  expect_found(simulate_merges, guards, "some are there twice", 1);
}

// A late commit of a connection that was given up meets another record.
TEST(Simulation, IsSafeWithoutAFence) {
  Guards guards;
  guards.fence = false;
  for (std::uint64_t seed = 1; seed <= schedules; ++seed)
    ASSERT_THAT(simulate(seed, guards).violations, testing::IsEmpty()) << "seed " << seed;
}

struct Switch {
  const char* name;
  bool Guards::*guard;
  const char* kind;         ///< What the checker says then.
  std::uint64_t first = 1;  ///< Where the search begins, so that it takes seconds.
};

class SwitchedOffTest : public testing::TestWithParam<Switch> {};

TEST_P(SwitchedOffTest, IsFound) {
  Guards guards;
  guards.*GetParam().guard = false;
  expect_found(simulate, guards, GetParam().kind, GetParam().first);
}

INSTANTIATE_TEST_SUITE_P(Guards, SwitchedOffTest,
                         testing::Values(Switch{"Token", &Guards::token, "one was lost"},
                                         Switch{"Quantities", &Guards::quantities, "no order of its commands"},
                                         Switch{"Sequences", &Guards::sequences, "done twice"},
                                         Switch{"UnconfirmedFirst", &Guards::unconfirmed_first, "something was lost"},
                                         Switch{"CurrentRefusals", &Guards::current_refusals,
                                                "was refused for version"},
                                         Switch{"ConfirmedGroups", &Guards::confirmed_groups, "something was lost"},
                                         Switch{"WholeGroups", &Guards::whole_groups, "something was lost"},
                                         Switch{"Authority", &Guards::authority, "something was lost"},
                                         Switch{"AuthorityLag", &Guards::authority_lag, "was lost", 31'900},
                                         Switch{"DeadProducers", &Guards::dead_producers, "done twice"},
                                         Switch{"Synced", &Guards::synced, "something was lost"}),
                         [](const auto& switched) { return switched.param.name; });

}  // namespace
}  // namespace cartd::simulation
