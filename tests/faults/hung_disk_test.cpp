// A disk that does not answer holds up neither clients nor the end of the process, and loses nothing.
#include "apps/programs.h"
#include "support/http_client.h"
#include "support/redis_server.h"
#include "support/temp_dir.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* items = "/v1/carts/c/items";
constexpr const char* one = R"({"sku":"A"})";

class HungDiskTest : public testing::Test {
 protected:
  HungDiskTest() { start(); }
  void SetUp() override {
    ASSERT_TRUE(wait_until([&] { return client_->get("/readyz").status == 200; })) << cartd_->log();
  }

  void start() {
    client_.reset();
    cartd_.reset();
    cartd_.emplace(std::vector<std::string>{"--data-dir", folder_.path() / "data", "--journal-deadline", "500ms",
                                            "--store-deadline", "20s"},
                   Variables{{"REDIS_URL", redis_.url()},
                             {"LD_PRELOAD", HUNG_DISK_LIBRARY},
                             {"HUNG_DISK", hang_.string()},
                             // A sanitizer wants to be the first library; this one can do without.
                             {"ASAN_OPTIONS", "verify_asan_link_order=0"}});
    client_.emplace(cartd_->port());
  }
  void hang() { std::ofstream{hang_}; }
  void release() { std::filesystem::remove(hang_); }

  json readiness() { return json::parse(client_->get("/readyz").body); }
  std::string code(const HttpResponse& response) { return json::parse(response.body).value("type", ""); }
  bool is_ready(int status) {
    return wait_until([&] { return client_->get("/readyz").status == status; });
  }
  int pieces() { return json::parse(client_->get("/v1/carts/c").body).at("item_count"); }

  const TempDir folder_;
  const std::filesystem::path hang_ = folder_.path() / "hang";
  RedisServer redis_;
  std::optional<RunningCartd> cartd_;
  std::optional<HttpClient> client_;
};

TEST_F(HungDiskTest, ChangesAreAnsweredInTimeAndAcceptedAfterRecovery) {
  ASSERT_EQ(client_->post(items, one).status, 200);
  hang();
  const HttpHeaders key{{"Idempotency-Key", "k"}};
  const HttpResponse in_flight = client_->post(items, one, key);
  EXPECT_EQ(in_flight.status, 504) << in_flight.body;
  EXPECT_EQ(code(in_flight), "urn:cartd:outcome-unknown");
  ASSERT_TRUE(is_ready(503));
  EXPECT_EQ(readiness().at("status"), "unavailable");
  EXPECT_EQ(readiness().at("outbox").at("journal").at("state"), "stalled");
  const HttpResponse refused = client_->post(items, one);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(code(refused), "urn:cartd:journal-stalled");
  EXPECT_EQ(client_->get("/v1/carts/c").status, 200) << "reads need no disk";
  const auto stalled = [&] {
    return metric_in(client_->get("/metrics").body, R"(cartd_journal_state{state="stalled"})");
  };
  EXPECT_TRUE(wait_until([&] { return stalled() == 1; }));
  EXPECT_TRUE(cartd_->logs("the journal's disk does not answer")) << cartd_->log();

  release();
  ASSERT_TRUE(is_ready(200));
  EXPECT_EQ(client_->post(items, one, key).status, 200);
  EXPECT_EQ(pieces(), 2);
  EXPECT_TRUE(cartd_->logs("the journal's disk answers again")) << cartd_->log();
}

TEST_F(HungDiskTest, TheProcessEndsAllTheSameAndLosesNothing) {
  ASSERT_EQ(client_->post(items, one).status, 200);
  hang();
  EXPECT_EQ(client_->post("/v1/carts/other/items", one).status, 504);
  cartd_->process().signal(SIGTERM);
  EXPECT_EQ(cartd_->process().wait(), 0);
  EXPECT_TRUE(cartd_->logs("without waiting longer for the disk")) << cartd_->log();

  release();
  start();
  ASSERT_TRUE(is_ready(200));
  EXPECT_EQ(pieces(), 1);
}

}  // namespace
}  // namespace cartd::test
