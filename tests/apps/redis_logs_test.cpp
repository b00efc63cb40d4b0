#include "apps/cartd/outage_log.h"
#include "apps/cartd/owners_log.h"
#include "apps/cartd/redis_watch.h"
#include "redis/topology/deployment.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cartd::app {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::steady_clock::time_point;

const Time start{1h};

TEST(OwnersLog, NamesWhoTookOverFromWhom) {
  const auto change = compare({{"a:1", 16384}}, {{"b:2", 16384}});
  ASSERT_TRUE(change);
  EXPECT_EQ(change->from, "a:1");
  EXPECT_EQ(change->to, "b:2");
  EXPECT_EQ(change->slots, 16384U);
  EXPECT_TRUE(change->servers);
}

TEST(OwnersLog, CountsSlotsThatMoved) {
  const auto change = compare({{"a:1", 100}, {"b:2", 100}, {"c:3", 7}}, {{"a:1", 60}, {"b:2", 130}, {"c:3", 17}});
  ASSERT_TRUE(change);
  EXPECT_EQ(change->from, "a:1");
  EXPECT_EQ(change->to, "b:2, c:3");
  EXPECT_EQ(change->slots, 40U);
  EXPECT_FALSE(change->servers);
  EXPECT_FALSE(compare({{"a:1", 100}}, {{"a:1", 100}}));
  EXPECT_EQ(compare({{"a:1", 100}, {"b:2", 5}}, {{"a:1", 100}})->to, "");
}

TEST(OwnersLog, IsBoundedHoweverManyServersThereAre) {
  Owners before;
  Owners after;
  for (int i = 0; i < 1000; ++i) {
    before["10.0.0.1:" + std::to_string(i)] = 16;
    after["10.0.0.2:" + std::to_string(i)] = 16;
  }
  const auto change = compare(before, after);
  ASSERT_TRUE(change);
  EXPECT_LT(change->from.size(), 200U);
  EXPECT_TRUE(change->from.ends_with("…")) << change->from;
}

TEST(OwnersLog, WaitsUntilThePictureStands) {
  OwnersLog log;
  EXPECT_FALSE(log.look({{"a:1", 10}, {"b:2", 10}}, start));
  const auto first = log.look({{"a:1", 10}, {"b:2", 10}}, start + 1s);
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->is_first);
  EXPECT_EQ(first->to, "a:1, b:2");
  // Of a failover a redirect shows the first slot.
  EXPECT_FALSE(log.look({{"a:1", 9}, {"b:2", 10}, {"c:3", 1}}, start + 2s));
  EXPECT_FALSE(log.look({{"c:3", 10}, {"b:2", 10}}, start + 2250ms));
  const auto change = log.look({{"c:3", 10}, {"b:2", 10}}, start + 2500ms);
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->is_first);
  EXPECT_EQ(change->from, "a:1");
  EXPECT_EQ(change->to, "c:3");
  EXPECT_FALSE(log.look({{"c:3", 10}, {"b:2", 10}}, start + 3s));
}

TEST(OwnersLog, SlotsThatMoveOneByOneAreALineInTenSeconds) {
  OwnersLog log;
  std::size_t lines = 0;
  std::size_t moved = 0;
  for (std::size_t i = 0; i <= 400; ++i) {
    if (const auto change = log.look({{"a:1", 1000 - i}, {"b:2", 1000 + i}}, start + i * 250ms)) {
      ++lines;
      if (!change->is_first) moved += change->slots;
    }
  }
  EXPECT_GE(lines, 5U);
  EXPECT_LE(lines, 11U);
  EXPECT_GE(moved, 300U);
}

class OutageLogTest : public testing::Test {
 protected:
  using Lines = std::vector<OutageLine>;

  static Standing up(const std::string& server = "a:1") {
    return {.server = server, .serves = true, .connected = true};
  }
  static Standing down(const std::string& server = "a:1") {
    return {.server = server, .failed = true, .why = "refused"};
  }
  static Standing silent(const std::string& server = "a:1") {
    return {.server = server, .connected = true, .why = "silent"};
  }

  OutageLog log_;
};

TEST_F(OutageLogTest, LogsAServerOnceForAllClientsAndAgainWhenItIsBack) {
  EXPECT_TRUE(log_.look(0, {up()}, start).empty());
  const Lines away = log_.look(0, {down()}, start + 1s);
  ASSERT_EQ(away.size(), 1U);
  EXPECT_EQ(away[0].server, "a:1");
  EXPECT_EQ(away[0].why, "refused");
  EXPECT_FALSE(away[0].connected);
  EXPECT_TRUE(log_.look(1, {down()}, start + 1s).empty());
  EXPECT_TRUE(log_.look(0, {up()}, start + 5s).empty());
  EXPECT_TRUE(log_.look(0, {up()}, start + 7s).empty()) << "still away for the other";
  EXPECT_TRUE(log_.look(1, {up()}, start + 8s).empty());
  const Lines back = log_.look(1, {up()}, start + 9s);
  ASSERT_EQ(back.size(), 1U);
  EXPECT_EQ(back[0].away, 7s);
  EXPECT_TRUE(log_.look(0, {up()}, start + 20s).empty());
}

TEST_F(OutageLogTest, AHiccupIsNotToldAndAStallIs) {
  EXPECT_TRUE(log_.look(0, {silent()}, start).empty());
  EXPECT_TRUE(log_.look(0, {silent()}, start + 750ms).empty());
  EXPECT_TRUE(log_.look(0, {up()}, start + 900ms).empty());
  EXPECT_TRUE(log_.look(0, {silent()}, start + 1100ms).empty());
  const Lines away = log_.look(0, {silent()}, start + 2100ms);
  ASSERT_EQ(away.size(), 1U);
  EXPECT_TRUE(away[0].connected);
}

TEST_F(OutageLogTest, AServerThatComesAndGoesIsToldOnceInTenSeconds) {
  std::size_t lines = 0;
  for (int seconds = 0; seconds < 100; ++seconds)
    lines += log_.look(0, {seconds % 3 == 0 ? down() : up()}, start + seconds * 1s).size();
  EXPECT_LE(lines, 20U);
  EXPECT_GE(lines, 4U);
}

TEST_F(OutageLogTest, DropsAServerThatNoClientUses) {
  EXPECT_EQ(log_.look(0, {down()}, start).size(), 1U);
  EXPECT_TRUE(log_.look(0, {up("b:2")}, start + 1s).empty());
  EXPECT_TRUE(log_.look(0, {up(), up("b:2")}, start + 20s).empty());
  EXPECT_TRUE(log_.look(0, {up(), up("b:2")}, start + 30s).empty());
}

TEST_F(OutageLogTest, ManyServersAreNotToldOneByOne) {
  std::vector<Standing> all;
  for (int i = 0; i < 1000; ++i) all.push_back(down("a:" + std::to_string(i)));
  EXPECT_EQ(log_.look(0, all, start).size(), 16U);
  EXPECT_TRUE(log_.look(0, all, start + 1s).empty());
}

TEST(RedisWatch, NamesTheServersOfAUrlWithoutItsSecrets) {
  const auto deployment = redis::parse_deployment("redis+sentinel://u:p@h1:1,h2:2/m?sentinel_password=q");
  ASSERT_TRUE(deployment);
  EXPECT_EQ(servers_named(*deployment), "h1:1, h2:2");
}

}  // namespace
}  // namespace cartd::app
