// Redis or cartd dies under load.
#include "apps/programs.h"
#include "faults/load.h"
#include "support/http_client.h"
#include "support/parameter_name.h"
#include "support/redis_server.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdint>
#include <string>
#include <thread>

namespace cartd::test {
namespace {

class RedisLossTest : public testing::TestWithParam<std::string> {
 protected:
  std::int64_t stored() { return std::stoll(redis_.probe().text({"HGET", "cart:shared", "A"})); }

  /// Returns when some adds have reached Redis, so that what follows happens in the midst of them.
  void wait_for_adds(std::int64_t count) {
    RedisProbe probe = redis_.probe();
    ASSERT_TRUE(wait_until([&] {
      const RedisValue value = probe.command({"HGET", "cart:shared", "A"});
      return !value.text.empty() && std::stoll(value.text) >= count;
    }));
  }

  RedisServer redis_{{.binary = GetParam(), .arguments = {"--appendonly", "yes", "--appendfsync", "always"}}};
  RunningCartd cartd_{{}, {{"REDIS_URL", redis_.url()}}};
};

TEST_P(RedisLossTest, NoAcknowledgedAddIsLostWhenRedisIsKilledUnderLoad) {
  LoadResult result;
  std::thread load([&] { result = run_load({.servers = {cartd_.port()}, .clients = 8, .adds_each = 300}); });
  wait_for_adds(200);
  redis_.kill();
  redis_.restart();
  load.join();
  EXPECT_GE(stored(), result.acknowledged);
  EXPECT_LE(stored(), result.acknowledged + result.unknown);
  const LoadResult after =
      run_load({.servers = {cartd_.port()}, .clients = 2, .adds_each = 5, .until_acknowledged = true});
  EXPECT_EQ(after.acknowledged, 10);
}

TEST_P(RedisLossTest, RetriedAddsAreExactWhenRedisIsKilledTwice) {
  std::thread load(
      [&] { run_load({.servers = {cartd_.port()}, .clients = 8, .adds_each = 100, .until_acknowledged = true}); });
  for (const std::int64_t at : {100, 400}) {
    wait_for_adds(at);
    redis_.kill();
    redis_.restart();
  }
  load.join();
  EXPECT_EQ(stored(), 800);
}

TEST_P(RedisLossTest, RequestsAreRefusedAtOnceWhileRedisIsAway) {
  redis_.kill();
  HttpClient client(cartd_.port());
  ASSERT_TRUE(wait_until([&] { return client.get("/readyz").status == 503; }));
  const HttpResponse add = client.post("/v1/carts/shared/items", R"({"sku":"A"})");
  EXPECT_EQ(add.status, 503);
  EXPECT_EQ(add.header("retry-after"), "1");
  EXPECT_NE(add.body.find("urn:cartd:store-unavailable"), std::string::npos);
  EXPECT_EQ(client.get("/v1/carts/shared").status, 503);
  EXPECT_EQ(client.get("/healthz").status, 200);
  redis_.restart();
  ASSERT_TRUE(wait_until([&] { return client.get("/readyz").status == 200; }));
  EXPECT_EQ(client.post("/v1/carts/shared/items", R"({"sku":"A"})").status, 200);
}

TEST_P(RedisLossTest, NoAcknowledgedAddIsMissingAfterCartdWasKilled) {
  LoadResult result;
  std::thread load([&] { result = run_load({.servers = {cartd_.port()}, .clients = 8, .adds_each = 200}); });
  wait_for_adds(200);
  cartd_.process().kill();
  load.join();
  EXPECT_GT(result.unknown, 0);
  EXPECT_GE(stored(), result.acknowledged);
  EXPECT_LE(stored(), result.acknowledged + result.unknown);
}

INSTANTIATE_TEST_SUITE_P(Servers, RedisLossTest, testing::ValuesIn(server_binaries()), parameter_name);

}  // namespace
}  // namespace cartd::test
