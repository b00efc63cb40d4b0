// With a journal the shop goes on while Redis is away, and Redis has it all afterwards, once.
#include "apps/programs.h"
#include "support/http_client.h"
#include "support/parameter_name.h"
#include "support/proxy.h"
#include "support/redis_server.h"
#include "support/temp_dir.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace cartd::test {
namespace {

using nlohmann::json;

constexpr const char* items = "/v1/carts/c/items";
constexpr const char* one = R"({"sku":"A"})";

class OutageTest : public testing::TestWithParam<std::string> {
 protected:
  OutageTest() {
    start();
    wait_until_caught_up();
  }

  void start(std::vector<std::string> flags = {}) {
    client_.reset();
    cartd_.reset();
    flags.insert(flags.begin(), {"--data-dir", folder_.path() / "data"});
    cartd_.emplace(flags, Variables{{"REDIS_URL", "redis://127.0.0.1:" + std::to_string(proxy_.port())}});
    client_ = std::make_unique<HttpClient>(cartd_->port());
  }

  json readiness() { return json::parse(client_->get("/readyz").body); }
  void wait_until_degraded() {
    ASSERT_TRUE(wait_until([&] { return readiness().at("status") == "degraded"; }));
  }
  /// Returns when Redis has everything.
  void wait_until_caught_up() {
    ASSERT_TRUE(wait_until([&] {
      return readiness().at("status") == "ready" && readiness().at("outbox").at("depth") == 0;
    })) << readiness();
  }
  void cut_off() {
    proxy_.refuse(true);
    proxy_.reset_all();
    wait_until_degraded();
  }
  void reconnect() {
    proxy_.refuse(false);
    wait_until_caught_up();
  }
  json add(const std::string& body = one, const HttpHeaders& headers = {}) {
    const HttpResponse response = client_->post(items, body, headers);
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body);
  }
  std::string stored(const std::string& sku = "A", const std::string& cart = "c") {
    return redis_.probe().command({"HGET", "cart:" + cart, sku}).text;
  }
  double metric(const std::string& name) { return metric_in(client_->get("/metrics").body, name).value_or(-1); }

  const TempDir folder_;
  RedisServer redis_{{.binary = GetParam(), .arguments = {"--appendonly", "yes", "--appendfsync", "always"}}};
  Proxy proxy_{redis_.port()};
  std::optional<RunningCartd> cartd_;
  std::unique_ptr<HttpClient> client_;
};

TEST_P(OutageTest, AddsGoOnWhileRedisIsAwayAndReachItOnce) {
  EXPECT_EQ(add().at("durability"), "primary");
  cut_off();
  for (int i = 2; i <= 50; ++i) {
    const json cart = add();
    EXPECT_EQ(cart.at("durability"), "journal");
    EXPECT_EQ(cart.at("degraded"), true);
    EXPECT_FALSE(cart.contains("partial"));
    EXPECT_EQ(cart.at("item_count"), i);
  }
  EXPECT_EQ(stored(), "1");
  reconnect();
  EXPECT_EQ(stored(), "50");
  EXPECT_EQ(add().at("degraded"), false);
  EXPECT_GE(metric("cartd_outbox_replayed_total"), 49);
  EXPECT_GT(metric("cartd_degraded_seconds_total"), 0);
}

TEST_P(OutageTest, ReadsShowWhatIsPendingAndSaySo) {
  add();
  cut_off();
  add(R"({"sku":"B","quantity":3})");
  const HttpResponse read = client_->get("/v1/carts/c");
  EXPECT_EQ(read.status, 200);
  EXPECT_TRUE(read.header("etag").starts_with("W/")) << read.header("etag");
  EXPECT_EQ(json::parse(read.body).at("item_count"), 4);
  EXPECT_EQ(json::parse(read.body).at("degraded"), true);
  const json unseen = json::parse(client_->get("/v1/carts/unseen").body);
  EXPECT_EQ(unseen.at("partial"), true);
  EXPECT_EQ(unseen.at("item_count"), 0);
}

TEST_P(OutageTest, OtherServersChangesSurvive) {
  add(R"({"sku":"A","quantity":3})");
  add(R"({"sku":"B","quantity":2})");
  cut_off();
  redis_.probe().integer({"HINCRBY", "cart:c", "A", "10"});
  redis_.probe().integer({"HINCRBY", "cart:c", "B", "10"});
  EXPECT_EQ(client_->put("/v1/carts/c/items/A", R"({"quantity":1})").status, 200);
  EXPECT_EQ(client_->erase("/v1/carts/c/items/B").status, 200);
  EXPECT_EQ(json::parse(client_->get("/v1/carts/c").body).at("item_count"), 1);
  reconnect();
  EXPECT_EQ(stored("A"), "11");
  EXPECT_EQ(stored("B"), "10");
}

TEST_P(OutageTest, RequestsThatNeedTheStoreAreRefused) {
  add();
  cut_off();
  const HttpResponse refused = client_->post(items, one, {{"If-Match", "\"1\""}});
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.body.find("urn:cartd:degraded"), std::string::npos) << refused.body;
  EXPECT_EQ(refused.header("retry-after"), "1");
  reconnect();
  EXPECT_EQ(stored(), "1");
}

TEST_P(OutageTest, LimitsAreKeptWhileRedisIsAway) {
  add(R"({"sku":"A","quantity":999999})");
  cut_off();
  const HttpResponse refused = client_->post(items, one);
  EXPECT_EQ(refused.status, 422);
  EXPECT_NE(refused.body.find("urn:cartd:limit-exceeded"), std::string::npos) << refused.body;
}

TEST_P(OutageTest, ARetryIsRecognizedWhileRedisIsAwayAndAfterwards) {
  cut_off();
  const HttpHeaders key{{"Idempotency-Key", "k1"}};
  EXPECT_EQ(client_->post(items, one, key).header("idempotent-replayed"), "");
  EXPECT_EQ(client_->post(items, one, key).header("idempotent-replayed"), "true");
  EXPECT_EQ(client_->post(items, R"({"sku":"B"})", key).status, 422);
  reconnect();
  EXPECT_EQ(client_->post(items, one, key).header("idempotent-replayed"), "true");
  EXPECT_EQ(stored(), "1");
}

TEST_P(OutageTest, AKilledCartdsChangesReachRedisAfterItsRestart) {
  add();
  cut_off();
  for (int i = 0; i < 20; ++i) add();
  cartd_->process().kill();
  proxy_.refuse(false);
  start();
  wait_until_caught_up();
  EXPECT_EQ(stored(), "21");
}

TEST_P(OutageTest, ACartdKilledWhileReplayingLosesAndDoublesNothing) {
  cut_off();
  for (int i = 0; i < 200; ++i) add();
  for (const char* at : {"20", "90", "150"}) {
    proxy_.refuse(false);
    ASSERT_TRUE(wait_until([&] { return std::stoi("0" + stored()) >= std::stoi(at); }));
    cartd_->process().kill();
    start();
  }
  wait_until_caught_up();
  EXPECT_EQ(stored(), "200");
}

TEST_P(OutageTest, AFrozenRedisIsAsGoodAsAway) {
  add();
  redis_.freeze();
  for (int i = 0; i < 30; ++i) EXPECT_EQ(add().at("durability"), "journal");
  redis_.thaw();
  wait_until_caught_up();
  EXPECT_EQ(stored(), "31");
}

TEST_P(OutageTest, UnconfirmedChangesAreRestoredToARedisThatCameBackEmpty) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(add().at("durability"), "primary");
  redis_.probe().command({"CONFIG", "SET", "appendonly", "no"});
  redis_.kill();
  std::filesystem::remove_all(redis_.folder() / "appendonlydir");
  redis_.restart();
  wait_until_caught_up();
  ASSERT_TRUE(wait_until([&] { return stored() == "20"; })) << stored();
  EXPECT_GE(metric("cartd_outbox_resent_total"), 20);
  EXPECT_GE(metric("cartd_outbox_restored_total"), 20);
}

TEST_P(OutageTest, AFullJournalRefusesAndLosesNothing) {
  start({"--max-journal", "1MiB"});
  cut_off();
  const std::string large = R"({"sku":"A","metadata":{"x":")" + std::string(4000, 'x') + R"("}})";
  int accepted = 0;
  HttpResponse last;
  while ((last = client_->post(items, large)).status == 200) ++accepted;
  EXPECT_EQ(last.status, 507);
  EXPECT_NE(last.body.find("urn:cartd:journal-full"), std::string::npos) << last.body;
  EXPECT_GT(accepted, 100);
  reconnect();
  EXPECT_EQ(stored(), std::to_string(accepted));
}

TEST_P(OutageTest, AFullJournalStopsAcknowledgingAlsoWhileRedisIsThere) {
  // What waits for its retention stays in the journal, though Redis has it.
  start({"--max-journal", "1MiB"});
  wait_until_caught_up();
  const std::string large = R"({"sku":"A","metadata":{"x":")" + std::string(4000, 'x') + R"("}})";
  int accepted = 0;
  HttpResponse last;
  while ((last = client_->post(items, large)).status == 200) ++accepted;
  EXPECT_EQ(last.status, 507) << last.body;
  EXPECT_EQ(stored(), std::to_string(accepted));
  EXPECT_EQ(client_->get("/v1/carts/c").status, 200);
}

TEST_P(OutageTest, TwoProcessesDoNotShareAFolder) {
  const Ended second =
      run_cartd({"--data-dir", folder_.path() / "data", "--listen", "127.0.0.1:0"}, {{"REDIS_URL", redis_.url()}});
  EXPECT_EQ(second.code, 1);
  EXPECT_NE(second.err.find("--data-dir"), std::string::npos) << second.err;
}

INSTANTIATE_TEST_SUITE_P(Servers, OutageTest, testing::ValuesIn(server_binaries()), parameter_name);

}  // namespace
}  // namespace cartd::test
