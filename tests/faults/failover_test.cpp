// A failover that loses what the old primary had acknowledged: cartd brings it back.
#include "apps/programs.h"
#include "support/http_client.h"
#include "support/sentinel_group.h"
#include "support/temp_dir.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <stdexcept>
#include <string>

namespace cartd::test {
namespace {

using nlohmann::json;

class FailoverTest : public testing::TestWithParam<bool> {
 protected:
  FailoverTest() {
    if (!wait_until([&] {
          return client_.get("/readyz").status == 200 &&
                 json::parse(client_.get("/readyz").body).at("status") == "ready";
        }))
      throw std::runtime_error("cartd did not become ready");
  }
  static std::vector<std::string> flags(const TempDir& folder, bool journal) {
    // However slow this machine is, the primary's word is waited for.
    std::vector<std::string> all{"--store-deadline", "20s"};
    if (journal) all.insert(all.end(), {"--data-dir", folder.path() / "data"});
    return all;
  }

  void add(const std::string& cart, int count) {
    for (int i = 0; i < count; ++i) {
      HttpResponse response = client_.post("/v1/carts/" + cart + "/items", R"({"sku":"A"})");
      ASSERT_EQ(response.status, 200) << response.body;
      ASSERT_EQ(json::parse(response.body).at("durability"), "primary");
    }
  }
  std::string stored(std::size_t server, const std::string& cart) {
    return group_.server(server).probe().command({"HGET", "cart:" + cart, "A"}).text;
  }
  /// How many were lost and are back.
  double replayed() { return metric_in(client_.get("/metrics").body, "cartd_outbox_replayed_total").value_or(-1); }
  json outbox() { return json::parse(client_.get("/readyz").body).at("outbox"); }

  /// The primary acknowledges without its replicas and is failed over to one of them. Answers the new primary.
  template <class Meanwhile>
  std::size_t roll_back(Meanwhile meanwhile) {
    const std::size_t before = group_.primary();
    for (std::size_t i = 0; i < group_.servers(); ++i)
      if (i != before) group_.server(i).freeze();
    // What a stopped replica has in its socket it would still read.
    group_.server(before).probe().integer({"CLIENT", "KILL", "TYPE", "replica"});
    meanwhile();
    group_.server(before).freeze();
    for (std::size_t i = 0; i < group_.servers(); ++i)
      if (i != before) group_.server(i).thaw();
    const std::size_t after = group_.primary_other_than(before);
    group_.server(before).thaw();
    return after;
  }

  // The replicas look away for less than the Sentinels wait.
  SentinelGroup group_{{.down_after = std::chrono::seconds(2)}};
  const TempDir folder_;
  RunningCartd cartd_{flags(folder_, GetParam()), {{"REDIS_URL", group_.url()}}};
  HttpClient client_{cartd_.port()};
};

TEST_P(FailoverTest, ChangesOnlyTheOldPrimaryHadSurviveTheFailover) {
  add("c", 5);
  const std::size_t primary = roll_back([&] { add("c", 20); });
  ASSERT_TRUE(wait_until([&] { return stored(primary, "c") == "25"; }, std::chrono::seconds(60)))
      << stored(primary, "c");
  EXPECT_TRUE(wait_until([&] { return replayed() >= 20; })) << replayed();
  // What is new comes behind it.
  ASSERT_TRUE(wait_until([&] { return client_.post("/v1/carts/c/items", R"({"sku":"A"})").status == 200; }));
  EXPECT_TRUE(wait_until([&] { return stored(primary, "c") == "26"; })) << stored(primary, "c") << outbox();
  // And in the end nothing is left to be lost.
  group_.wait_until_whole();
  EXPECT_TRUE(wait_until([&] { return outbox().at("unconfirmed") == 0; }, std::chrono::seconds(60))) << outbox();
}

TEST_P(FailoverTest, ACartThatIsNotWrittenAgainIsBroughtBackToo) {
  add("busy", 1);
  const std::size_t primary = roll_back([&] { add("quiet", 7); });
  EXPECT_TRUE(wait_until([&] { return stored(primary, "quiet") == "7"; }, std::chrono::seconds(60)))
      << stored(primary, "quiet");
  EXPECT_TRUE(wait_until([&] { return replayed() >= 7; })) << replayed();
}

TEST_P(FailoverTest, ARetryAcknowledgedByAnotherCartdSurvivesTheFailover) {
  const HttpHeaders key{{"Idempotency-Key", "0123456789abcdef"}};
  const std::string body = R"({"sku":"A"})";
  RunningCartd other({"--store-deadline", "20s"}, {{"REDIS_URL", group_.url()}});
  HttpClient client(other.port());
  ASSERT_TRUE(wait_until([&] { return client.get("/readyz").status == 200; })) << other.log();
  const std::size_t primary = roll_back([&] {
    EXPECT_EQ(client.post("/v1/carts/c/items", body, key).status, 200);
    other.process().kill();
    HttpResponse again = client_.post("/v1/carts/c/items", body, key);
    EXPECT_EQ(again.status, 200) << again.body;
    EXPECT_EQ(again.header("idempotent-replayed"), "true");
  });
  EXPECT_TRUE(wait_until([&] { return stored(primary, "c") == "1"; }, std::chrono::seconds(60)))
      << stored(primary, "c");
  EXPECT_TRUE(wait_until([&] { return replayed() >= 1; })) << replayed();
}

TEST_P(FailoverTest, ANewCommandDoesNotOvertakeTheOnesThatWereLost) {
  add("c", 3);
  const std::size_t primary = roll_back([&] { add("c", 10); });
  // At once, while cartd finds the new primary.
  ASSERT_TRUE(wait_until([&] { return client_.post("/v1/carts/c/items", R"({"sku":"B"})").status == 200; }));
  ASSERT_TRUE(wait_until([&] { return stored(primary, "c") == "13"; }, std::chrono::seconds(60)))
      << stored(primary, "c");
  EXPECT_TRUE(wait_until([&] { return replayed() >= 10; })) << replayed();
}

std::string journal_or_memory(const testing::TestParamInfo<bool>& info) { return info.param ? "journal" : "memory"; }

INSTANTIATE_TEST_SUITE_P(Outboxes, FailoverTest, testing::Bool(), journal_or_memory);

}  // namespace
}  // namespace cartd::test
