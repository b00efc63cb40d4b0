// A change that was acknowledged and that Redis then refuses waits for an operator, who sees it, and decides.
#include "apps/programs.h"
#include "support/http_client.h"
#include "support/parameter_name.h"
#include "support/proxy.h"
#include "support/redis_server.h"
#include "support/temp_dir.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace cartd::test {
namespace {

using nlohmann::json;

class DeadLettersTest : public testing::TestWithParam<std::string> {
 protected:
  DeadLettersTest() {
    start();
    wait_until_ready();
  }

  void start() {
    client_.reset();
    cartd_.reset();
    cartd_.emplace(std::vector<std::string>{"--data-dir", folder_.path() / "data"},
                   Variables{{"REDIS_URL", "redis://127.0.0.1:" + std::to_string(proxy_.port())}});
    client_ = std::make_unique<HttpClient>(cartd_->port());
  }

  json readiness() { return json::parse(client_->get("/readyz").body); }
  void wait_until_ready() {
    ASSERT_TRUE(wait_until([&] {
      return readiness().at("status") == "ready" && readiness().at("outbox").at("depth") == 0;
    })) << readiness();
  }

  /// Adds one piece to each of `carts` while Redis is away and another client makes their keys useless.
  void make_dead_letters(const std::vector<std::string>& carts) {
    proxy_.refuse(true);
    proxy_.reset_all();
    ASSERT_TRUE(wait_until([&] { return readiness().at("status") == "degraded"; }));
    RedisProbe other = redis_.probe();
    for (const std::string& cart : carts) {
      const HttpResponse added = client_->post("/v1/carts/" + cart + "/items", R"({"sku":"A"})");
      ASSERT_EQ(json::parse(added.body).at("durability"), "journal") << added.body;
      other.text({"SET", "cart:" + cart, "{}"});
    }
    proxy_.refuse(false);
    ASSERT_TRUE(wait_until([&] { return readiness().at("outbox").at("journal").at("dead_letters") == carts.size(); }))
        << readiness();
    wait_until_ready();
  }

  /// What `cartctl outbox export` prints.
  std::vector<json> exported() {
    const Ended ended = cartd_->cartctl({"outbox", "export"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    std::vector<json> letters;
    std::istringstream lines(ended.out);
    for (std::string line; std::getline(lines, line);) letters.push_back(json::parse(line));
    return letters;
  }

  std::string stored(const std::string& cart) { return redis_.probe().command({"HGET", "cart:" + cart, "A"}).text; }

  const TempDir folder_;
  RedisServer redis_{{.binary = GetParam()}};
  Proxy proxy_{redis_.port()};
  std::optional<RunningCartd> cartd_;
  std::unique_ptr<HttpClient> client_;
};

TEST_P(DeadLettersTest, AreShownAndOutliveTheProcess) {
  make_dead_letters({"x"});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(readiness().at("outbox").at("journal").at("dead_letters"), 1);
    const Ended shown = cartd_->cartctl({"outbox"});
    EXPECT_EQ(shown.code, 0) << shown.err;
    EXPECT_NE(shown.out.find("1 dead letters\n"), std::string::npos) << shown.out;
    EXPECT_NE(shown.out.find("  x  "), std::string::npos) << shown.out;
    EXPECT_NE(shown.out.find("  add 1 A  "), std::string::npos) << shown.out;
    const std::vector<json> letters = exported();
    ASSERT_EQ(letters.size(), 1u);
    EXPECT_EQ(letters[0].at("cart"), "x");
    EXPECT_EQ(letters[0].at("command"), json::parse(R"([{"op":"add","sku":"A","quantity":1}])"));
    cartd_->process().kill();
    start();
    wait_until_ready();
  }
}

TEST_P(DeadLettersTest, ReachRedisOnceWhenTheyAreRetried) {
  make_dead_letters({"x", "y"});
  ASSERT_EQ(exported().size(), 2u);
  redis_.probe().integer({"DEL", "cart:x", "cart:y"});
  const std::string id = exported()[0].at("id");
  const std::string cart = exported()[0].at("cart");
  EXPECT_EQ(cartd_->cartctl({"outbox", "retry", id}).code, 0);
  ASSERT_TRUE(wait_until([&] { return stored(cart) == "1"; }));
  EXPECT_EQ(exported().size(), 1u);
  EXPECT_EQ(cartd_->cartctl({"outbox", "retry", id}).code, 1) << "it is gone";
  EXPECT_EQ(cartd_->cartctl({"outbox", "retry", "--all"}).code, 0);
  ASSERT_TRUE(wait_until([&] { return stored("x") == "1" && stored("y") == "1"; }));
  // Nothing of it is left that the next process could send again.
  ASSERT_TRUE(
      wait_until([&] { return readiness().at("outbox").at("journal").at("records") == 0; }, std::chrono::seconds(60)));
  cartd_->process().kill();
  start();
  wait_until_ready();
  EXPECT_EQ(stored("x"), "1");
  EXPECT_EQ(stored("y"), "1");
  EXPECT_TRUE(exported().empty());
}

TEST_P(DeadLettersTest, ComeBackWhenTheKeyIsStillUseless) {
  make_dead_letters({"x"});
  const std::string id = exported().at(0).at("id");
  EXPECT_EQ(cartd_->cartctl({"outbox", "retry", id}).code, 0);
  ASSERT_TRUE(wait_until([&] { return exported().size() == 1 && exported().at(0).at("id") != id; }));
  redis_.probe().integer({"DEL", "cart:x"});
  EXPECT_EQ(cartd_->cartctl({"outbox", "retry", "--all"}).code, 0);
  ASSERT_TRUE(wait_until([&] { return stored("x") == "1"; }));
}

TEST_P(DeadLettersTest, AreDroppedOneByOne) {
  make_dead_letters({"x", "y"});
  const json dropped = exported().at(0);
  const json kept = exported().at(1);
  const std::string id = dropped.at("id");
  const Ended ended = cartd_->cartctl({"outbox", "drop", id, "--json"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(json::parse(ended.out), dropped);
  EXPECT_EQ(cartd_->cartctl({"outbox", "drop", id}).code, 1);
  ASSERT_EQ(exported().size(), 1u);
  EXPECT_EQ(exported().at(0), kept);
}

INSTANTIATE_TEST_SUITE_P(Servers, DeadLettersTest, testing::ValuesIn(server_binaries()), parameter_name);

}  // namespace
}  // namespace cartd::test
