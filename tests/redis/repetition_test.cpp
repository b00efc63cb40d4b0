#include "redis/repetition.h"

#include <gtest/gtest.h>

namespace cartd::redis {
namespace {

using namespace std::chrono_literals;

TEST(Repetition, FollowsAFewRedirectsAtOnceAndThenSlowerAndSlower) {
  Repetition repetition;
  for (unsigned i = 0; i < Repetition::redirects_at_once; ++i) EXPECT_EQ(repetition.after_redirect(), 0ms);
  for (const auto pause : {20ms, 40ms, 80ms, 160ms, 320ms, 320ms}) EXPECT_EQ(repetition.after_redirect(), pause);
}

TEST(Repetition, PausesBeforeWhatAServerRefusedGoesOutAgain) {
  Repetition repetition;
  EXPECT_EQ(repetition.after_refusal(), 20ms);
  EXPECT_EQ(repetition.after_redirect(), 0ms);
  EXPECT_EQ(repetition.after_refusal(), 40ms);
}

TEST(Repetition, EndsWhicheverWayTheServersTakeTurns) {
  for (const bool refusals : {false, true}) {
    Repetition repetition;
    for (unsigned i = 0; i < Repetition::most; ++i)
      EXPECT_TRUE(refusals && i % 2 == 0 ? repetition.after_refusal() : repetition.after_redirect());
    EXPECT_FALSE(repetition.after_redirect());
    EXPECT_FALSE(repetition.after_refusal());
  }
}

}  // namespace
}  // namespace cartd::redis
