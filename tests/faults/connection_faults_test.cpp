// The connection between cartd and Redis is reset, stalled and cut at random while thousands of adds run.
#include "apps/programs.h"
#include "faults/load.h"
#include "support/parameter_name.h"
#include "support/proxy.h"
#include "support/redis_server.h"
#include "support/sanitized.h"
#include "support/seed.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;

constexpr int adds_each = is_sanitized ? 150 : 400;

class ConnectionFaultsTest : public testing::TestWithParam<std::string> {
 protected:
  std::string proxied_url() const { return "redis://127.0.0.1:" + std::to_string(proxy_.port()); }

  std::int64_t stored() { return std::stoll(redis_.probe().text({"HGET", "cart:shared", "A"})); }

  RedisServer redis_{{.binary = GetParam()}};
  Proxy proxy_{redis_.port()};
  RunningCartd cartd_{{}, {{"REDIS_URL", proxied_url()}}};
};

TEST_P(ConnectionFaultsTest, TheCartHoldsAllAcknowledgedAndAtMostTheUnknownAdds) {
  ASSERT_EQ(run_load({.servers = {cartd_.port()}, .clients = 1, .adds_each = 1}).acknowledged, 1);
  proxy_.start_faults(test_seed(), 200ms);
  const LoadResult result = run_load({.servers = {cartd_.port()}, .clients = 16, .adds_each = adds_each});
  const std::size_t faults = proxy_.faults();
  proxy_.calm();
  std::cout << faults << " faults: " << result.acknowledged << " acknowledged, " << result.unknown << " unknown, "
            << result.refused << " refused\n";
  EXPECT_GT(faults, 0u);
  EXPECT_EQ(result.acknowledged + result.unknown, 16 * adds_each);
  EXPECT_GE(stored(), 1 + result.acknowledged);
  EXPECT_LE(stored(), 1 + result.acknowledged + result.unknown);
}

TEST_P(ConnectionFaultsTest, RetriedAddsAreThereExactlyOnce) {
  ASSERT_EQ(run_load({.servers = {cartd_.port()}, .clients = 1, .adds_each = 1}).acknowledged, 1);
  proxy_.start_faults(test_seed(), 200ms);
  run_load({.servers = {cartd_.port()}, .clients = 16, .adds_each = adds_each, .until_acknowledged = true});
  std::cout << proxy_.faults() << " faults\n";
  EXPECT_GT(proxy_.faults(), 0u);
  proxy_.calm();
  EXPECT_EQ(stored(), 1 + 16 * adds_each);
}

TEST_P(ConnectionFaultsTest, AStalledRedisIsAnsweredUnknownByTheDeadline) {
  ASSERT_EQ(run_load({.servers = {cartd_.port()}, .clients = 1, .adds_each = 1}).acknowledged, 1);
  proxy_.stall(Proxy::Direction::to_client);
  const LoadResult stalled = run_load({.servers = {cartd_.port()}, .clients = 4, .adds_each = 1});
  EXPECT_EQ(stalled.acknowledged, 0);
  EXPECT_GT(stalled.unknown, 0);
  proxy_.release();
  const LoadResult after =
      run_load({.servers = {cartd_.port()}, .clients = 1, .adds_each = 5, .until_acknowledged = true});
  EXPECT_EQ(after.acknowledged, 5);
  EXPECT_GE(stored(), 6);
  EXPECT_LE(stored(), 6 + stalled.unknown);
}

INSTANTIATE_TEST_SUITE_P(Servers, ConnectionFaultsTest, testing::ValuesIn(server_binaries()), parameter_name);

}  // namespace
}  // namespace cartd::test
