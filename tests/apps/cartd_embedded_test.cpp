// cartd with a data directory and without Redis: its carts are in that folder.
#include "apps/programs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace cartd::test {
namespace {

using testing::HasSubstr;

class CartdEmbedded : public testing::Test {
 protected:
  static std::string add(const RunningCartd& cartd) {
    return cartd.ask("POST", "/v1/carts/c/items", R"({"sku":"MUG","quantity":2})").body;
  }

  TempDir folder_;
  std::filesystem::path data_ = folder_.path() / "data";
};

TEST_F(CartdEmbedded, KeepsCartsAndUsersFromOneStartToTheNext) {
  std::string before;
  {
    const RunningCartd cartd({"--data-dir", data_});
    before = add(cartd);
    EXPECT_THAT(before, HasSubstr(R"("durability":"disk","degraded":false)"));
    EXPECT_EQ(cartd.ask("PUT", "/v1/users/u", R"({"name":"Ada"})").status, 200U);
    EXPECT_THAT(cartd.ask("GET", "/readyz").body, HasSubstr(R"("store":{"kind":"embedded","ready":true})"));
    EXPECT_THAT(cartd.ask("GET", "/metrics").body, HasSubstr("cartd_embedded_writes_total 2"));
  }
  const RunningCartd cartd({"--data-dir", data_});
  EXPECT_EQ(cartd.ask("GET", "/v1/carts/c").body, before);
  EXPECT_THAT(cartd.ask("GET", "/v1/users/u").body, HasSubstr("Ada"));
  EXPECT_THAT(add(cartd), HasSubstr(R"("version":2)"));
}

TEST_F(CartdEmbedded, SaysWhereItsCartsAre) {
  RunningCartd cartd({"--data-dir", data_});
  EXPECT_TRUE(cartd.logs("in " + (data_ / "carts").string() + " (embedded, durable)")) << cartd.log();
  RunningCartd in_memory;
  EXPECT_TRUE(in_memory.logs(R"("carts":"in memory")")) << in_memory.log();
}

TEST_F(CartdEmbedded, ASecondProcessIsRefusedWithOneLine) {
  const RunningCartd cartd({"--data-dir", data_});
  const std::string line = "cartd: --data-dir " + data_.string() + ": the carts in \"" + (data_ / "carts").string() +
                           "\" are used by another process\n";
  const Ended second = run_cartd({"--data-dir", data_, "--listen", "127.0.0.1:0"});
  EXPECT_EQ(second.code, 1);
  EXPECT_EQ(second.err, line);
  const Ended checked = run_cartd({"--check", "--data-dir", data_});
  EXPECT_EQ(checked.code, 1);
  EXPECT_EQ(checked.err, line);
  EXPECT_THAT(add(cartd), HasSubstr(R"("version":1)"));
}

TEST_F(CartdEmbedded, AForgottenRedisUrlIsNoticedByTheJournalInTheFolder) {
  { const RunningCartd cartd({"--data-dir", data_, "--redis-url", "redis://127.0.0.1:1"}); }
  for (const char* task : {"--check", "--listen=127.0.0.1:0"}) {
    const Ended ended = run_cartd({task, "--data-dir", data_});
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.err, HasSubstr("it has the journal of a cartd with Redis or a database: set --redis-url"));
  }
}

TEST_F(CartdEmbedded, CheckChangesNothing) {
  EXPECT_EQ(run_cartd({"--check", "--data-dir", data_}).code, 0);
  EXPECT_FALSE(std::filesystem::exists(data_));
}

TEST_F(CartdEmbedded, ACheckpointIsADataDirectoryWithTheCartsOfThatMoment) {
  const RunningCartd cartd({"--data-dir", data_});
  const std::string before = add(cartd);
  const Ended made = cartd.cartctl({"checkpoint", "2026-11-30"});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(made.out, "made checkpoints/2026-11-30 in cartd's data directory\n");
  EXPECT_THAT(add(cartd), HasSubstr(R"("version":2)"));

  const std::filesystem::path copy = data_ / "checkpoints" / "2026-11-30";
  EXPECT_EQ(std::filesystem::status(copy).permissions(), std::filesystem::perms::owner_all);
  {
    const RunningCartd restored({"--data-dir", copy});
    EXPECT_EQ(restored.ask("GET", "/v1/carts/c").body, before);
    EXPECT_THAT(add(restored), HasSubstr(R"("version":2)"));
  }
  // Elsewhere, as on another disk.
  const std::filesystem::path elsewhere = folder_.path() / "elsewhere";
  ASSERT_EQ(cartd.ask("POST", "/v1/checkpoints/second").status, 201U);
  std::filesystem::copy(data_ / "checkpoints" / "second", elsewhere, std::filesystem::copy_options::recursive);
  const RunningCartd moved({"--data-dir", elsewhere});
  EXPECT_THAT(moved.ask("GET", "/v1/carts/c").body, HasSubstr(R"("version":2)"));
  EXPECT_THAT(cartd.ask("GET", "/v1/carts/c").body, HasSubstr(R"("version":2)"));
}

TEST_F(CartdEmbedded, ACheckpointThatIsThereIsNotOverwritten) {
  const RunningCartd cartd({"--data-dir", data_});
  EXPECT_EQ(cartd.ask("POST", "/v1/checkpoints/a").status, 201U);
  const auto refused = cartd.ask("POST", "/v1/checkpoints/a");
  EXPECT_EQ(refused.status, 409U);
  EXPECT_THAT(refused.body, HasSubstr("urn:cartd:checkpoint-exists"));
  EXPECT_EQ(cartd.cartctl({"checkpoint", "a"}).code, 1);
}

TEST_F(CartdEmbedded, ACheckpointsNameLeadsNowhereElse) {
  const RunningCartd cartd({"--data-dir", data_});
  const std::vector<std::string> names = {"..%2Fa", ".a", "a%2Fb", "a%20b", std::string(65, 'a'), "%C3%A4", "a%00"};
  for (const std::string& name : names)
    EXPECT_NE(cartd.ask("POST", "/v1/checkpoints/" + name).status / 100, 2U) << name;
  EXPECT_EQ(cartd.ask("POST", "/v1/checkpoints/..%2Fa").status, 422U);
  EXPECT_FALSE(std::filesystem::exists(data_ / "checkpoints"));
  EXPECT_FALSE(std::filesystem::exists(data_ / "a"));
}

TEST_F(CartdEmbedded, ACheckpointThatCannotBeMadeSaysSoAndLeavesNothing) {
  const RunningCartd cartd({"--data-dir", data_});
  std::ofstream(data_ / "checkpoints") << "no folder";
  const auto refused = cartd.ask("POST", "/v1/checkpoints/a");
  EXPECT_EQ(refused.status, 503U);
  EXPECT_THAT(refused.body, HasSubstr("the checkpoint cannot be made"));
  EXPECT_TRUE(cartd.logs("a checkpoint cannot be made")) << cartd.log();
  EXPECT_THAT(add(cartd), HasSubstr(R"("version":1)"));
}

TEST_F(CartdEmbedded, OnlyTheEmbeddedStoreHasCheckpoints) {
  const RunningCartd cartd;
  const auto refused = cartd.ask("POST", "/v1/checkpoints/a");
  EXPECT_EQ(refused.status, 404U);
  EXPECT_THAT(refused.body, HasSubstr("only the embedded store"));
}

}  // namespace
}  // namespace cartd::test
