#include "outbox/producer.h"

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

TEST(ProducerTest, SequenceIsTheTimeInMicroseconds) {
  SetClock clock;
  Producer producer(7, clock);
  EXPECT_EQ(producer.next(), (CommandId{7, 1'000'000}));
  clock.time += 5us;
  EXPECT_EQ(producer.next().sequence, 1'000'005u);
}

TEST(ProducerTest, SequenceRisesWhileTheClockStandsStillOrJumpsBack) {
  SetClock clock;
  Producer producer(7, clock);
  const std::uint64_t first = producer.next().sequence;
  EXPECT_EQ(producer.next().sequence, first + 1);
  clock.time -= 1h;
  EXPECT_EQ(producer.next().sequence, first + 2);
}

TEST(ProducerTest, EveryStartHasAProducerOfItsOwnOf48Bits) {
  std::set<ProducerId> producers;
  for (int i = 0; i < 1000; ++i) {
    const ProducerId producer = fresh_producer_id();
    EXPECT_LT(producer, ProducerId{1} << 48);
    producers.insert(producer);
  }
  EXPECT_EQ(producers.size(), 1000u);
}

}  // namespace
}  // namespace cartd
