#include "redis/topology/disputes.h"

#include <gtest/gtest.h>

namespace cartd::redis {
namespace {

using namespace std::chrono_literals;
constexpr Disputes::Time start{};

TEST(Disputes, LastLongerEachTimeUpToABound) {
  Disputes disputes;
  Disputes::Time now = start;
  for (const auto pause : {250ms, 500ms, 1000ms, 2000ms, 4000ms, 5000ms, 5000ms}) {
    disputes.begin(7, now);
    EXPECT_TRUE(disputes.is_open(7, now + pause - 1ms));
    now += pause;
    EXPECT_FALSE(disputes.is_open(7, now));
  }
}

TEST(Disputes, CountCommandsThatWereUnderWayTogetherOnce) {
  Disputes disputes;
  for (int i = 0; i < 10; ++i) disputes.begin(7, start + i * 10ms);
  EXPECT_FALSE(disputes.is_open(7, start + 250ms));
}

TEST(Disputes, AreOfOneSlotEach) {
  Disputes disputes;
  disputes.begin(7, start);
  EXPECT_FALSE(disputes.is_open(8, start));
  EXPECT_TRUE(disputes.any_is_open(start));
  disputes.end(7);
  EXPECT_FALSE(disputes.any_is_open(start));
  disputes.begin(7, start);
  EXPECT_FALSE(disputes.is_open(7, start + 250ms)) << "it begins anew";
}

}  // namespace
}  // namespace cartd::redis
