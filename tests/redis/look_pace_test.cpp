#include "redis/topology/look_pace.h"

#include <gtest/gtest.h>

namespace cartd::redis {
namespace {

using namespace std::chrono_literals;

TEST(LookPace, IsSlowWhileAllIsWellAndQuickForAWantedLook) {
  LookPace pace(100ms);
  for (int i = 0; i < 3; ++i) {
    const LookPace::Pause pause = pace.after_look(true, 5000ms, 0.5);
    EXPECT_EQ(pause.if_wanted, 100ms);
    EXPECT_EQ(pause.otherwise, 5000ms);
    pace.waited(false);
  }
}

TEST(LookPace, SlowsDownWhereOneLookLeadsToTheNext) {
  LookPace pace(100ms);
  for (const auto expected : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
    EXPECT_EQ(pace.after_look(true, 5000ms, 0.5).if_wanted, expected);
    pace.waited(true);
  }
  pace.after_look(true, 5000ms, 0.5);
  pace.waited(false);
  EXPECT_EQ(pace.after_look(true, 5000ms, 0.5).if_wanted, 100ms) << "after a quiet time";
}

TEST(LookPace, SlowsDownWhileSomethingIsWrong) {
  LookPace pace(100ms);
  for (const auto expected : {100ms, 160ms, 320ms, 640ms, 800ms, 800ms}) {
    EXPECT_EQ(pace.after_look(false, 5000ms, 0.8).otherwise, expected);
    pace.waited(false);
  }
  EXPECT_EQ(pace.after_look(true, 5000ms, 0.8).otherwise, 5000ms);
}

TEST(LookPace, KeepsTheGapThoughItIsLonger) {
  LookPace pace(10min);
  pace.after_look(true, 5000ms, 0.5);
  pace.waited(true);
  const LookPace::Pause pause = pace.after_look(false, 5000ms, 0.5);
  EXPECT_EQ(pause.if_wanted, 10min);
  EXPECT_EQ(pause.otherwise, 10min);
}

}  // namespace
}  // namespace cartd::redis
