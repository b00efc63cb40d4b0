#include "redis/topology/breaker.h"

#include <gtest/gtest.h>

namespace cartd::redis {
namespace {

using namespace std::chrono_literals;

const ServerHealth::Time now{1h};

Service judge(const ServerHealth& health) { return judge_service(health, now, 200ms, 250ms); }

TEST(Breaker, ServesOverAConnectionThatOwesNothing) { EXPECT_EQ(judge({.state = LinkState::up}), Service::available); }

TEST(Breaker, DoesNotServeWithoutAConnection) {
  EXPECT_EQ(judge({.state = LinkState::connecting}), Service::not_connected);
  EXPECT_EQ(judge({.state = LinkState::down}), Service::not_connected);
}

TEST(Breaker, ServesUntilAReplyIsOwedForTooLong) {
  EXPECT_EQ(judge({.state = LinkState::up, .unanswered_since = now - 200ms}), Service::available);
  EXPECT_EQ(judge({.state = LinkState::up, .unanswered_since = now - 201ms}), Service::silent);
}

TEST(Breaker, HoldsARefusalAgainstAServerForAWhile) {
  EXPECT_EQ(judge({.state = LinkState::up, .refused_at = now - 249ms}), Service::refusing);
  EXPECT_EQ(judge({.state = LinkState::up, .refused_at = now - 250ms}), Service::available);
}

TEST(Breaker, TellsRefusalsOfTheServerFromRefusalsOfTheCommand) {
  for (const char* error :
       {"CLUSTERDOWN x", "LOADING x", "MASTERDOWN x", "READONLY x", "MISCONF x", "NOREPLICAS x", "BUSY x"})
    EXPECT_TRUE(refuses_service(redirect(error).step)) << error;
  for (const char* error :
       {"OOM x", "NOSCRIPT x", "WRONGTYPE x", "ERR x", "MOVED 1 h:1", "ASK 1 h:1", "TRYAGAIN x", "NOPERM x"})
    EXPECT_FALSE(refuses_service(redirect(error).step)) << error;
}

}  // namespace
}  // namespace cartd::redis
