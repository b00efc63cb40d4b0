#include "outbox/core/producer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>

namespace cartd {
namespace {

using namespace std::chrono_literals;

TEST(ProducerTest, SequenceIsTheTimeInMicroseconds) {
  Producer producer(7);
  EXPECT_EQ(producer.next(WallTime(1'000'000us)), (CommandId{7, 1'000'000}));
  EXPECT_EQ(producer.next(WallTime(1'000'005us)).sequence, 1'000'005u);
}

TEST(ProducerTest, SequenceRisesWhileTheClockStandsStillOrJumpsBack) {
  Producer producer(7);
  const std::uint64_t first = producer.next(WallTime(2h)).sequence;
  EXPECT_EQ(producer.next(WallTime(2h)).sequence, first + 1);
  EXPECT_EQ(producer.next(WallTime(1h)).sequence, first + 2);
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
