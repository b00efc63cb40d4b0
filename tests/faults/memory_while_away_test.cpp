// --while-away=memory: without a data directory the shop goes on while Redis is down, and Redis has it all afterwards,
// once. What waits is lost with the process, which is said.
#include "apps/programs.h"
#include "support/http_client.h"
#include "support/redis_server.h"
#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartd::test {
namespace {

using nlohmann::json;
using testing::HasSubstr, testing::Not;

class MemoryWhileAwayTest : public testing::Test {
 protected:
  MemoryWhileAwayTest() {
    start();
    wait_until_caught_up();
  }

  void start(std::vector<std::string> flags = {}) {
    client_.reset();
    cartd_.reset();
    flags.insert(flags.begin(), {"--while-away", "memory"});
    cartd_.emplace(flags, Variables{{"REDIS_URL", redis_.url()}});
    client_ = std::make_unique<HttpClient>(cartd_->port());
  }
  json readiness() { return json::parse(client_->get("/readyz").body); }
  /// Returns when Redis has everything.
  void wait_until_caught_up() {
    ASSERT_TRUE(wait_until([&] {
      return readiness().at("status") == "ready" && readiness().at("outbox").at("depth") == 0;
    })) << readiness();
  }
  void kill_redis() {
    redis_.kill();
    ASSERT_TRUE(wait_until([&] { return readiness().at("status") == "degraded"; }));
  }
  json add(const std::string& body = R"({"sku":"A"})") {
    const HttpResponse response = client_->post("/v1/carts/c/items", body);
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body);
  }
  std::string stored() { return redis_.probe().command({"HGET", "cart:c", "A"}).text; }
  double metric(const std::string& name) { return metric_in(client_->get("/metrics").body, name).value_or(-1); }

  RedisServer redis_{{.arguments = {"--appendonly", "yes", "--appendfsync", "always"}}};
  std::optional<RunningCartd> cartd_;
  std::unique_ptr<HttpClient> client_;
};

TEST_F(MemoryWhileAwayTest, AddsGoOnWhileRedisIsAwayAndReachItOnce) {
  EXPECT_TRUE(cartd_->logs("lost when cartd ends")) << cartd_->log();
  EXPECT_EQ(add().at("durability"), "primary");
  kill_redis();
  for (int i = 2; i <= 50; ++i) {
    const json cart = add();
    EXPECT_EQ(cart.at("durability"), "memory");
    EXPECT_EQ(cart.at("degraded"), true);
    EXPECT_FALSE(cart.contains("partial"));
    EXPECT_EQ(cart.at("item_count"), i);
  }
  const HttpResponse read = client_->get("/v1/carts/c");
  EXPECT_EQ(read.status, 200);
  EXPECT_TRUE(read.header("etag").starts_with("W/")) << read.header("etag");
  EXPECT_EQ(json::parse(client_->get("/v1/carts/unseen").body).at("partial"), true);
  EXPECT_EQ(client_->post("/v1/carts/c/items", R"({"sku":"A"})", {{"If-Match", "\"1\""}}).status, 503);
  const HttpResponse ready = client_->get("/readyz");
  EXPECT_EQ(ready.status, 200);
  EXPECT_EQ(json::parse(ready.body).at("outbox").at("memory").at("records"), 49);
  EXPECT_EQ(metric("cartd_outbox_memory_acknowledged_total"), 49);
  EXPECT_EQ(metric("cartd_outbox_acknowledged_pending"), 49);

  redis_.restart();
  wait_until_caught_up();
  EXPECT_EQ(stored(), "50");
  EXPECT_EQ(add().at("degraded"), false);
  EXPECT_EQ(metric("cartd_outbox_acknowledged_pending"), 0);
  EXPECT_TRUE(cartd_->logs("the changes in memory were delivered"));
}

TEST_F(MemoryWhileAwayTest, AFrozenRedisIsAsGoodAsAway) {
  add();
  redis_.freeze();
  for (int i = 0; i < 30; ++i) EXPECT_EQ(add().at("durability"), "memory");
  redis_.thaw();
  wait_until_caught_up();
  EXPECT_EQ(stored(), "31");
}

TEST_F(MemoryWhileAwayTest, FullMemoryRefusesAndLosesNothing) {
  start({"--outbox-memory", "1MiB"});
  wait_until_caught_up();
  kill_redis();
  const std::string large = R"({"sku":"A","metadata":{"x":")" + std::string(4000, 'x') + R"("}})";
  int accepted = 0;
  HttpResponse last;
  while ((last = client_->post("/v1/carts/c/items", large)).status == 200) ++accepted;
  EXPECT_EQ(last.status, 503);
  EXPECT_THAT(last.body, HasSubstr("urn:cartd:outbox-full"));
  EXPECT_GT(accepted, 100);
  EXPECT_EQ(client_->get("/readyz").status, 503);
  redis_.restart();
  wait_until_caught_up();
  EXPECT_EQ(stored(), std::to_string(accepted));
}

TEST_F(MemoryWhileAwayTest, AStopDeliversWhatItCan) {
  add();
  kill_redis();
  for (int i = 0; i < 20; ++i) add();
  cartd_->process().signal(SIGTERM);
  ASSERT_TRUE(cartd_->logs("waiting for running requests"));
  redis_.restart();
  EXPECT_EQ(cartd_->process().wait(), 0);
  EXPECT_EQ(stored(), "21");
  EXPECT_THAT(cartd_->log(), Not(HasSubstr("acknowledged changes are lost")));
}

TEST_F(MemoryWhileAwayTest, AStopWithoutRedisCountsWhatIsLost) {
  start({"--drain-timeout", "1s"});
  wait_until_caught_up();
  add();
  kill_redis();
  for (int i = 0; i < 20; ++i) add();
  cartd_->process().signal(SIGTERM);
  EXPECT_EQ(cartd_->process().wait(), 0);
  EXPECT_TRUE(cartd_->logs("acknowledged changes are lost: Redis did not take them before cartd ended"))
      << cartd_->log();
  EXPECT_TRUE(cartd_->logs(R"("changes":20)")) << cartd_->log();
  redis_.restart();
  EXPECT_EQ(stored(), "1");
}

}  // namespace
}  // namespace cartd::test
