// cartd with its carts in MongoDB, and something that breaks between, before or behind them.
#include "apps/programs.h"
#include "faults/load.h"
#include "support/http_client.h"
#include "support/mongodb_server.h"
#include "support/proxy.h"
#include "support/sanitized.h"
#include "support/seed.h"
#include "support/temp_dir.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* mongodb_item = R"({"sku":"A"})";
constexpr int mongodb_adds_each = is_sanitized ? 100 : 300;

class MongodbProcess : public testing::Test {
 protected:
  void SetUp() override {
    if (!MongodbServer::has_process()) GTEST_SKIP() << "NOT TESTED: there is no MongoDB server here that can be killed";
    server_.emplace();
    database_ = server_->create_database();
    proxy_.emplace(server_->port());
  }

  void start(std::vector<std::string> flags = {}) {
    client_.reset();
    cartd_.reset();
    cartd_.emplace(std::move(flags), Variables{{"DATABASE_URL", server_->url(database_, proxy_->port())}});
    client_.emplace(cartd_->port());
    ASSERT_TRUE(is_ready(200));
  }
  bool is_ready(int status) {
    return wait_until([&] { return client_->get("/readyz").status == status; });
  }
  json add() { return json::parse(client_->post("/v1/carts/c/items", mongodb_item).body); }
  std::int64_t stored(const std::string& cart) const {
    const json found = server_->find(database_, "cartd.carts", R"({"_id":")" + cart + R"("})");
    return found.empty() ? 0 : found.at(0).at("lines").at(0).at("quantity").get<std::int64_t>();
  }

  std::optional<MongodbServer> server_;
  std::string database_{};
  std::optional<Proxy> proxy_;
  const TempDir folder_;
  std::optional<RunningCartd> cartd_;
  std::optional<HttpClient> client_;
};

TEST_F(MongodbProcess, RetriedAddsAreThereExactlyOnce) {
  start();
  proxy_->start_faults(test_seed(), 300ms);
  run_load({.servers = {cartd_->port()}, .clients = 16, .adds_each = mongodb_adds_each, .until_acknowledged = true});
  std::cout << proxy_->faults() << " faults\n";
  EXPECT_GT(proxy_->faults(), 0u);
  proxy_->calm();
  EXPECT_EQ(stored("shared"), 16 * mongodb_adds_each);
}

TEST_F(MongodbProcess, TheCartHoldsAllAcknowledgedAndAtMostTheUnknownAdds) {
  start();
  proxy_->start_faults(test_seed(), 300ms);
  const LoadResult result = run_load({.servers = {cartd_->port()}, .clients = 16, .adds_each = mongodb_adds_each});
  std::cout << proxy_->faults() << " faults: " << result.acknowledged << " acknowledged, " << result.unknown
            << " unknown, " << result.refused << " refused\n";
  proxy_->calm();
  EXPECT_GE(stored("shared"), result.acknowledged);
  EXPECT_LE(stored("shared"), result.acknowledged + result.unknown);
}

TEST_F(MongodbProcess, WithoutAJournalChangesAreRefusedWhileTheServerIsAwayAndNothingIsLost) {
  start();
  EXPECT_EQ(add().at("version"), 1);
  server_->kill();
  ASSERT_TRUE(is_ready(503));
  ASSERT_TRUE(cartd_->logs("the database cannot be used")) << cartd_->log();
  const HttpResponse refused = client_->post("/v1/carts/c/items", mongodb_item);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(json::parse(refused.body).at("type"), "urn:cartd:store-unavailable");
  EXPECT_EQ(client_->get("/v1/carts/c").status, 503);
  server_->restart();
  ASSERT_TRUE(is_ready(200));
  EXPECT_EQ(add().at("version"), 2);
  EXPECT_TRUE(cartd_->logs("the database answers again"));
}

TEST_F(MongodbProcess, WithAJournalAddsGoOnWhileTheServerIsAwayAndReachItOnce) {
  start({"--data-dir", folder_.path() / "data"});
  EXPECT_EQ(add().at("durability"), "disk");
  server_->kill();
  ASSERT_TRUE(wait_until([&] { return add().value("durability", "") == "journal"; }));
  const int before = add().at("item_count");
  for (int i = 1; i <= 20; ++i) {
    const json cart = add();
    EXPECT_EQ(cart.at("durability"), "journal");
    EXPECT_EQ(cart.at("item_count"), before + i);
  }
  // What is in the journal outlives cartd, too.
  cartd_->process().kill();
  server_->restart();
  start({"--data-dir", folder_.path() / "data"});
  EXPECT_TRUE(wait_until([&] { return stored("c") == before + 20; })) << stored("c");
  EXPECT_EQ(add().at("item_count"), before + 21);
}

TEST_F(MongodbProcess, AServerThatIsStoppedHoldsNobodyUpForLong) {
  start();
  add();
  server_->freeze();
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i) EXPECT_NE(client_->post("/v1/carts/c/items", mongodb_item).status, 200);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s) << "at most --store-deadline each";
  ASSERT_TRUE(is_ready(503));
  server_->thaw();
  ASSERT_TRUE(is_ready(200));
  EXPECT_EQ(client_->post("/v1/carts/c/items", mongodb_item).status, 200);
}

TEST_F(MongodbProcess, WhatWasAnsweredIsThereAfterAKillOfBoth) {
  start({"--store-deadline", "20s"});
  for (int round = 0; round < 2; ++round) {
    constexpr std::size_t clients = 4;
    std::vector<int> acknowledged(clients, 0);
    std::atomic<int> total = 0;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < clients; ++i)
      threads.emplace_back([&, i] {
        HttpClient client(cartd_->port());
        const std::string cart = "cart-" + std::to_string(round) + "-" + std::to_string(i);
        try {
          while (client.post("/v1/carts/" + cart + "/items", mongodb_item).status == 200) {
            ++acknowledged[i];
            ++total;
          }
        } catch (const std::exception&) {
          // It was killed.
        }
      });
    EXPECT_TRUE(wait_until([&] { return total >= 200; }));
    server_->kill();
    cartd_->process().kill();
    for (std::thread& thread : threads) thread.join();
    server_->restart();
    start({"--store-deadline", "20s"});
    for (std::size_t i = 0; i < clients; ++i) {
      const auto found = stored("cart-" + std::to_string(round) + "-" + std::to_string(i));
      EXPECT_GE(found, acknowledged[i]);
      EXPECT_LE(found, acknowledged[i] + 1) << "at most the one that was not answered";
    }
  }
}

}  // namespace
}  // namespace cartd::test
