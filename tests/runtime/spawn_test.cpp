#include "runtime/spawn.h"

#include "runtime/defect.h"
#include "support/reactor_thread.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <stdexcept>

namespace cartd::test {
namespace {

boost::asio::awaitable<void> count(std::atomic<int>& done) {
  ++done;
  co_return;
}

template <class Thrown>
boost::asio::awaitable<void> fail(Thrown thrown) {
  throw thrown;
  co_return;
}

template <class Thrown>
void run_and_throw(Thrown thrown) {
  boost::asio::io_context io(1);
  spawn(io.get_executor(), "the task's name", fail(thrown));
  io.run();
}

// A death test runs the statement in a process of its own, whatever threads other tests have.
class SpawnDeathTest : public testing::Test {
 protected:
  SpawnDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST(Spawn, RunsATaskThatNobodyAwaits) {
  std::atomic<int> done{0};
  ReactorThread loop;
  for (int i = 0; i < 3; ++i) spawn(loop.executor(), "count", count(done));
  EXPECT_TRUE(wait_until([&] { return done == 3; }));
}

TEST_F(SpawnDeathTest, AnExceptionEndsTheProcessAndNamesTheTask) {
  EXPECT_DEATH(run_and_throw(std::runtime_error("its reason")), "threw an exception.*the task's name.*its reason");
}

TEST_F(SpawnDeathTest, AnExceptionOfAnotherKindEndsTheProcessToo) {
  EXPECT_DEATH(run_and_throw(42), "threw an exception.*the task's name");
}

TEST_F(SpawnDeathTest, AnInvariantThatDoesNotHoldEndsTheProcessAndIsNamed) {
  ensure(true, "this holds");
  EXPECT_DEATH(ensure(false, "two and two are four"), "invariant does not hold.*two and two are four");
}

}  // namespace
}  // namespace cartd::test
