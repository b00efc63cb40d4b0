#include "redis/connection/backoff.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

namespace cartd::redis {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesUpToItsMaximum) {
  constexpr double nearly_one = 0.9999999;
  EXPECT_EQ(backoff(1, 50ms, 2000ms, nearly_one), 49ms);
  EXPECT_EQ(backoff(2, 50ms, 2000ms, nearly_one), 99ms);
  EXPECT_EQ(backoff(6, 50ms, 2000ms, nearly_one), 1599ms);
  EXPECT_EQ(backoff(7, 50ms, 2000ms, nearly_one), 1999ms);
  EXPECT_EQ(backoff(4'000'000'000U, 50ms, 2000ms, nearly_one), 1999ms);
}

TEST(Backoff, SpreadsOverTheWholeRange) {
  EXPECT_EQ(backoff(3, 50ms, 2000ms, 0), 0ms);
  EXPECT_EQ(backoff(3, 50ms, 2000ms, 0.5), 100ms);
}

TEST(Backoff, StaysInItsBounds) {
  EXPECT_TRUE(rc::check([](unsigned failures) {
    const double random = *rc::gen::inRange(0, 1'000'000) / 1e6;
    const auto initial = std::chrono::milliseconds(*rc::gen::inRange(0, 10'000));
    const auto max = std::chrono::milliseconds(*rc::gen::inRange(0, 100'000));
    const auto wait = backoff(std::max(failures, 1U), initial, max, random);
    RC_ASSERT(wait >= 0ms);
    RC_ASSERT(wait <= max);
  }));
}

}  // namespace
}  // namespace cartd::redis
