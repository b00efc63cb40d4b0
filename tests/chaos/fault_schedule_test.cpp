#include "chaos/faults/fault_schedule.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;

std::vector<Fault> first(std::size_t count, std::uint64_t seed) {
  FaultSchedule schedule(seed, all_faults());
  std::vector<Fault> faults;
  for (std::size_t i = 0; i < count; ++i) faults.push_back(schedule.next());
  return faults;
}

TEST(FaultScheduleTest, TheSameSeedGivesTheSameSchedule) {
  EXPECT_EQ(first(100, 7), first(100, 7));
  EXPECT_NE(first(100, 7), first(100, 8));
}

TEST(FaultScheduleTest, EveryKindComesOnceBeforeAnyComesAgain) {
  const std::size_t kinds = all_faults().size();
  const std::vector<Fault> faults = first(3 * kinds, 7);
  for (std::size_t round = 0; round < 3; ++round) {
    std::set<FaultKind> seen;
    for (std::size_t i = 0; i < kinds; ++i) seen.insert(faults[round * kinds + i].kind);
    EXPECT_EQ(seen.size(), kinds);
  }
}

TEST(FaultScheduleTest, FaultsHaveADurationAndAPauseAfterwards) {
  for (const Fault& fault : first(200, 7)) {
    EXPECT_GE(fault.lasts, 300ms);
    EXPECT_LE(fault.lasts, 5s);
    EXPECT_GE(fault.calm, 300ms);
    EXPECT_LE(fault.calm, 2s);
  }
}

TEST(FaultScheduleTest, EveryFaultIsFoundByItsName) {
  for (const FaultKind kind : all_faults()) EXPECT_EQ(fault_named(to_string(kind)), kind);
  EXPECT_EQ(fault_named("kill"), std::nullopt);
}

}  // namespace
}  // namespace cartd::test
