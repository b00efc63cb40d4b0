#include "outbox/stamper.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>

namespace cartd {
namespace {

using namespace std::chrono_literals;

class SetClock final : public Clock {
 public:
  std::chrono::sys_time<std::chrono::microseconds> now() const override { return time; }
  std::chrono::sys_time<std::chrono::microseconds> time{1'000'000us};
};

TEST(StamperTest, SeqIsTheTimeInMicroseconds) {
  SetClock clock;
  Stamper stamper(7, clock);
  EXPECT_EQ(stamper.next(), (Stamp{7, 1'000'000}));
  clock.time += 5us;
  EXPECT_EQ(stamper.next().seq, 1'000'005u);
}

TEST(StamperTest, SeqRisesWhileTheClockStandsStillOrJumpsBack) {
  SetClock clock;
  Stamper stamper(7, clock);
  const std::uint64_t first = stamper.next().seq;
  EXPECT_EQ(stamper.next().seq, first + 1);
  clock.time -= 1h;
  EXPECT_EQ(stamper.next().seq, first + 2);
}

TEST(StamperTest, EveryStartHasALaneOfItsOwnOf48Bits) {
  std::set<Lane> lanes;
  for (int i = 0; i < 1000; ++i) {
    const Lane lane = fresh_lane();
    EXPECT_LT(lane, Lane{1} << 48);
    lanes.insert(lane);
  }
  EXPECT_EQ(lanes.size(), 1000u);
}

}  // namespace
}  // namespace cartd
