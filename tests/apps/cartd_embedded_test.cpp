// cartd with a data directory and without Redis: its carts are in that folder.
#include "apps/programs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
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
  EXPECT_THAT(cartd.log(), HasSubstr("in " + (data_ / "carts").string() + " (embedded, durable)"));
  RunningCartd in_memory;
  EXPECT_THAT(in_memory.log(), HasSubstr(R"("carts":"in memory")"));
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

}  // namespace
}  // namespace cartd::test
