// cartd with its carts on its own disk, which does not answer, and cartd killed while clients add.
#include "apps/programs.h"
#include "support/http_client.h"
#include "support/temp_dir.h"
#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

constexpr const char* item_path = "/v1/carts/c/items";
constexpr const char* one_item = R"({"sku":"A"})";

class EmbeddedFaults : public testing::Test {
 protected:
  EmbeddedFaults() { start(); }

  void start() {
    client_.reset();
    cartd_.reset();
    cartd_.emplace(std::vector<std::string>{"--data-dir", folder_.path() / "data", "--store-deadline", "500ms"},
                   Variables{{"LD_PRELOAD", HUNG_DISK_LIBRARY},
                             {"HUNG_DISK", hang_.string()},
                             {"ASAN_OPTIONS", "verify_asan_link_order=0"}});
    client_.emplace(cartd_->port());
  }
  void hang() { std::ofstream{hang_}; }
  void release() { std::filesystem::remove(hang_); }
  bool is_ready(int status) {
    return wait_until([&] { return client_->get("/readyz").status == status; });
  }
  static std::string code(const HttpResponse& response) { return json::parse(response.body).value("type", ""); }
  static int pieces(HttpClient& client, const std::string& cart) {
    return json::parse(client.get("/v1/carts/" + cart).body).at("item_count");
  }

  const TempDir folder_;
  const std::filesystem::path hang_ = folder_.path() / "hang";
  std::optional<RunningCartd> cartd_;
  std::optional<HttpClient> client_;
};

TEST_F(EmbeddedFaults, ADiskThatDoesNotAnswerHoldsUpNobodyAndRecovers) {
  ASSERT_EQ(client_->post(item_path, one_item).status, 200);
  hang();
  const HttpHeaders key{{"Idempotency-Key", "k"}};
  const HttpResponse in_flight = client_->post(item_path, one_item, key);
  EXPECT_EQ(in_flight.status, 504) << in_flight.body;
  EXPECT_EQ(code(in_flight), "urn:cartd:outcome-unknown");
  const HttpResponse behind = client_->post("/v1/carts/other/items", one_item);
  EXPECT_EQ(behind.status, 503) << behind.body;
  EXPECT_EQ(code(behind), "urn:cartd:store-unavailable");
  ASSERT_TRUE(is_ready(503));
  EXPECT_EQ(json::parse(client_->get("/readyz").body).at("store").at("detail"), "the disk does not answer");
  EXPECT_THAT(client_->post("/v1/carts/other/items", one_item).body, HasSubstr("does not answer; nothing was done"));
  EXPECT_EQ(client_->get("/v1/carts/c").status, 200) << "reads need no disk";
  EXPECT_EQ(client_->get("/v1/carts/unwritten").status, 200);
  EXPECT_TRUE(cartd_->logs("the embedded store's disk does not answer"));

  release();
  ASSERT_TRUE(is_ready(200));
  EXPECT_EQ(client_->post(item_path, one_item, key).status, 200);
  EXPECT_EQ(pieces(*client_, "c"), 2);
  EXPECT_EQ(pieces(*client_, "other"), 0);
  EXPECT_TRUE(cartd_->logs("the embedded store's disk answers again")) << cartd_->log();
}

TEST_F(EmbeddedFaults, TheProcessEndsOnADiskThatDoesNotAnswerAndLosesNothing) {
  ASSERT_EQ(client_->post(item_path, one_item).status, 200);
  hang();
  EXPECT_EQ(client_->post("/v1/carts/other/items", one_item).status, 504);
  cartd_->process().signal(SIGTERM);
  EXPECT_EQ(cartd_->process().wait(), 0);
  release();
  start();
  EXPECT_EQ(pieces(*client_, "c"), 1);
}

TEST_F(EmbeddedFaults, WhatWasAnsweredIsThereAfterAKill) {
  for (int round = 0; round < 5; ++round) {
    constexpr int clients = 8;
    std::vector<int> acknowledged(clients, 0);
    std::vector<std::thread> threads;
    std::atomic<int> total = 0;
    for (std::size_t i = 0; i < clients; ++i) {
      threads.emplace_back([&, i] {
        HttpClient client(cartd_->port());
        const std::string cart = "cart-" + std::to_string(round) + "-" + std::to_string(i);
        try {
          while (client.post("/v1/carts/" + cart + "/items", one_item).status == 200) {
            ++acknowledged[i];
            ++total;
          }
        } catch (const std::exception&) {
          // It was killed.
        }
      });
    }
    EXPECT_TRUE(wait_until([&] { return total >= 300 * (round + 1); }));
    cartd_->process().kill();
    for (std::thread& thread : threads) thread.join();
    start();
    for (std::size_t i = 0; i < clients; ++i) {
      const int found = pieces(*client_, "cart-" + std::to_string(round) + "-" + std::to_string(i));
      EXPECT_GE(found, acknowledged[i]);
      EXPECT_LE(found, acknowledged[i] + 1) << "at most the one that was not answered";
    }
  }
}

}  // namespace
}  // namespace cartd::test
