#include "redis/protocol/info.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdint>
#include <string>
#include <vector>

namespace cartd::redis {
namespace {

const std::string id(40, 'a');

TEST(Info, FindsWholeNamesOnly) {
  const std::string text = "# Server\r\nredis_mode:cluster\r\nmode:x\nlast:1";
  EXPECT_EQ(info_value(text, "redis_mode"), "cluster");
  EXPECT_EQ(info_value(text, "mode"), "x");
  EXPECT_EQ(info_value(text, "last"), "1");
  EXPECT_EQ(info_value(text, "redis"), "");
  EXPECT_EQ(info_value("", "x"), "");
}

TEST(Info, TakesNothingButARunIdForARunId) {
  EXPECT_EQ(run_id_of("run_id:" + id + "\r\n"), id);
  EXPECT_EQ(run_id_of("run_id:" + std::string(40, 'G') + "\r\n"), "");
  EXPECT_EQ(run_id_of("run_id:abc\r\n"), "");
}

TEST(Info, ReadsReplication) {
  const Replication replication = read_replication(
      "# Replication\r\nrole:master\r\nconnected_slaves:2\r\n"
      "slave0:ip=10.0.0.2,port=6380,state=online,offset=140,lag=0\r\n"
      "slave1:ip=10.0.0.3,port=6381,state=wait_bgsave,offset=0,lag=0\r\n"
      "master_replid:" +
      id + "\r\nmaster_repl_offset:154\r\n");
  EXPECT_EQ(replication.role, Role::primary);
  EXPECT_EQ(replication.id, id);
  EXPECT_EQ(replication.offset, 154U);
  EXPECT_EQ(replication.announced, 2U);
  EXPECT_EQ(replication.acknowledged, (std::vector<std::uint64_t>{140, 0}));
}

TEST(Info, KnowsAReplicaByItsRole) {
  EXPECT_EQ(read_replication("role:slave\r\n").role, Role::replica);
  EXPECT_EQ(read_replication("role:sentinel\r\n").role, Role::unknown);
  EXPECT_EQ(read_replication("").role, Role::unknown);
}

TEST(Info, TakesNumbersThatAreNoneForZero) {
  const Replication replication = read_replication(
      "role:master\r\nconnected_slaves:1\r\nslave0:ip=h,port=1,offset=-5\r\nmaster_repl_offset:1x\r\n");
  EXPECT_EQ(replication.offset, 0U);
  EXPECT_EQ(replication.acknowledged, std::vector<std::uint64_t>{0});
}

TEST(Info, ReadsTheReplicasOfALongTextInOnePass) {
  // A thousand replicas in a megabyte of other lines: looking for each from the beginning takes a thousand times as
  // long.
  std::string text = "role:master\r\nconnected_slaves:99999\r\n";
  for (int i = 0; i < 100'000; ++i) text += "something:1\r\n";
  for (int i = 1999; i >= 0; --i) text += "slave" + std::to_string(i) + ":ip=h,offset=" + std::to_string(i) + "\r\n";
  const Replication replication = read_replication(text);
  ASSERT_EQ(replication.acknowledged.size(), 1024U);
  EXPECT_EQ(replication.acknowledged[7], 7U);
}

TEST(Info, TakesReplicasUpToTheFirstThatIsMissing) {
  EXPECT_EQ(
      read_replication("connected_slaves:3\r\nslave2:offset=2\r\nslave0:offset=5\r\nslave0:offset=6\r\n").acknowledged,
      std::vector<std::uint64_t>{5});
  EXPECT_TRUE(read_replication("connected_slaves:1\r\nslave0:\r\n").acknowledged.empty());
  EXPECT_TRUE(read_replication("connected_slaves:1\r\nslave:offset=1\r\nslave00x:offset=1\r\n").acknowledged.empty());
}

TEST(Info, KnowsTheModesThereAre) {
  EXPECT_EQ(mode_of("redis_mode:cluster\r\n"), "cluster");
  EXPECT_EQ(mode_of("server_mode:sentinel\r\n"), "sentinel");
  EXPECT_EQ(mode_of("redis_mode:" + std::string(1000, 'x') + "\r\n"), "");
}

TEST(Info, SurvivesAnyText) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    for (const char* prefix : {"", "connected_slaves:99999999999\r\nslave0:", "slave0:offset="}) {
      RC_ASSERT(read_replication(prefix + text).acknowledged.size() <= 1U);
    }
  }));
}

TEST(HistoryHash, ChangesWithEveryPart) {
  const std::string other(40, 'b');
  const std::uint64_t epoch = epoch_hash(id, id, 1);
  EXPECT_NE(epoch, 0U);
  EXPECT_EQ(epoch, epoch_hash(id, id, 1));
  EXPECT_NE(epoch, epoch_hash(other, id, 1));
  EXPECT_NE(epoch, epoch_hash(id, other, 1));
  EXPECT_NE(epoch, epoch_hash(id, id, 2));
}

TEST(HistoryHash, IsUnknownWhenAPartIs) {
  EXPECT_EQ(epoch_hash("", id, 1), 0U);
  EXPECT_EQ(epoch_hash(id, "", 1), 0U);
}

}  // namespace
}  // namespace cartd::redis
