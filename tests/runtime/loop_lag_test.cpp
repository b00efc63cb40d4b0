#include "runtime/loop_lag.h"

#include "support/http_client.h"
#include "support/reactor_thread.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;

TEST(LoopLag, TellsAStarvedLoopFromABusyOne) {
  EXPECT_EQ(judge_lag(0ms, 0ms), HeldUp::no);
  EXPECT_EQ(judge_lag(999ms, 0ms), HeldUp::no);
  EXPECT_EQ(judge_lag(999ms, 999ms), HeldUp::no);
  EXPECT_EQ(judge_lag(1s, 0ms), HeldUp::not_scheduled);
  EXPECT_EQ(judge_lag(1s, 499ms), HeldUp::not_scheduled);
  EXPECT_EQ(judge_lag(1s, 500ms), HeldUp::busy);
  EXPECT_EQ(judge_lag(1s, 1100ms), HeldUp::busy);
}

TEST(LoopLag, IsMeasuredAsLongAsTheLoopRuns) {
  Metrics metrics;
  LoopLag lag(metrics);
  ReactorThread loop;
  boost::asio::co_spawn(loop.executor(), lag.measure(), boost::asio::detached);
  EXPECT_TRUE(wait_until([&] { return metric_in(metrics.text(), "cartd_loop_lag_seconds_count").value_or(0) >= 3; }));
}

}  // namespace
}  // namespace cartd::test
