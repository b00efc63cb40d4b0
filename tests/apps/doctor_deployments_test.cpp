// The doctor on Sentinels and Clusters.
#include "apps/cartctl/doctor/acl.h"
#include "apps/permissions.h"
#include "support/parameter_name.h"
#include "support/redis_cluster.h"
#include "support/sentinel_group.h"
#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cartd::test {
namespace {

using redis::Topology;
using testing::ContainsRegex, testing::HasSubstr, testing::Not;

const std::vector<std::string> careful{"--appendonly", "yes", "--maxmemory", "1gb"};

std::string address(const RedisServer& server) { return "127.0.0.1:" + std::to_string(server.port()); }

class OnEverySentinel : public testing::TestWithParam<std::string> {};
class OnEveryCluster : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Servers, OnEverySentinel, testing::ValuesIn(server_binaries()), parameter_name);
INSTANTIATE_TEST_SUITE_P(Servers, OnEveryCluster, testing::ValuesIn(server_binaries()), parameter_name);

TEST_P(OnEverySentinel, TheDoctorLooksAtTheSentinelsAndAtThePrimary) {
  SentinelGroup group(
      {.binary = GetParam(), .password = "s3cr3t", .sentinel_password = "s3cr3t2", .arguments = careful});
  group.server(0).probe().integer({"HSET", "cart:c", "a", "1"});
  // One Sentinel knows the others.
  const Ended ended = doctor(group.url(1));
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out, ContainsRegex("ok +sentinels +3 of 3 answer"));
  EXPECT_THAT(ended.out, ContainsRegex("ok +quorum +2 of 3"));
  EXPECT_THAT(ended.out, ContainsRegex("ok +primary +" + address(group.server(0)) + ", according to every Sentinel"));
  EXPECT_THAT(ended.out, ContainsRegex("ok +takeover +2 replicas can"));
  EXPECT_THAT(ended.out, ContainsRegex("ok +down-after +1000 ms"));
  EXPECT_THAT(ended.out, HasSubstr("\n" + address(group.server(0)) + "\n"));
  EXPECT_THAT(ended.out, ContainsRegex("ok +replicas +2 in sync"));
  EXPECT_THAT(ended.out, ContainsRegex("warn +expiry"));
  EXPECT_THAT(ended.out, HasSubstr(doctor::sentinel_acl_line()));
  EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("s3cr3t")));
  const Ended json = doctor(group.url(1), {"--json"});
  EXPECT_THAT(json.out, HasSubstr(R"("topology":"sentinel")"));
  EXPECT_THAT(json.out, HasSubstr(R"("server":")" + address(group.server(0)) + "\""));
}

TEST_P(OnEverySentinel, TheDoctorMissesSentinelsAndReplicas) {
  SentinelGroup group({.binary = GetParam(), .arguments = careful});
  group.sentinel(0).kill();
  const Ended one_lost = doctor(group.url());
  EXPECT_EQ(one_lost.code, 0) << one_lost.out;
  EXPECT_THAT(one_lost.out, ContainsRegex("warn +sentinels +2 of 3 answer; silent: " + address(group.sentinel(0))));
  group.server(1).kill();
  EXPECT_TRUE(wait_until(
      [&] { return doctor(group.url()).out.find(address(group.server(1)) + " (down)") != std::string::npos; }));
  group.sentinel(1).kill();
  const Ended two_lost = doctor(group.url());
  EXPECT_EQ(two_lost.code, 1);
  EXPECT_THAT(two_lost.out, ContainsRegex("bad +sentinels +1 of 3 answer"));
  EXPECT_THAT(two_lost.out, ContainsRegex("bad +quorum"));
  group.sentinel(2).kill();
  EXPECT_THAT(doctor(group.url()).err, HasSubstr("cartctl: redis+sentinel://"));
}

TEST_P(OnEverySentinel, TheDoctorSaysThatTheNameIsWrong) {
  const SentinelGroup group({.binary = GetParam(), .replicas = 1});
  std::string url = group.url();
  url.replace(url.rfind(SentinelGroup::name), std::string(SentinelGroup::name).size(), "shop");
  const Ended ended = doctor(url);
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.err, HasSubstr("it knows no master of this name"));
}

TEST_P(OnEveryCluster, TheDoctorLooksAtEveryPrimary) {
  RedisCluster cluster({.binary = GetParam(), .password = "s3cr3t", .arguments = careful});
  // One node knows the others, however it is called.
  const std::string plain = "redis://:s3cr3t@" + address(cluster.node(1));
  for (const std::string& url : {cluster.url(1), plain}) {
    const Ended ended = doctor(url);
    EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
    EXPECT_THAT(ended.out, ContainsRegex("ok +slots +all 16384 have an owner"));
    EXPECT_THAT(ended.out, ContainsRegex("ok +state +ok, according to every primary"));
    EXPECT_THAT(ended.out, ContainsRegex("ok +node-timeout +1500 ms"));
    EXPECT_THAT(ended.out, ContainsRegex("ok +full-coverage +no"));
    for (std::size_t i = 0; i < 3; ++i) EXPECT_THAT(ended.out, HasSubstr("\n" + address(cluster.node(i)) + "\n"));
    for (std::size_t i = 3; i < 6; ++i) EXPECT_THAT(ended.out, Not(HasSubstr("\n" + address(cluster.node(i)) + "\n")));
    EXPECT_THAT(ended.out, HasSubstr(doctor::acl_line(Topology::cluster)));
    EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("s3cr3t")));
  }
}

TEST_P(OnEveryCluster, TheDoctorMissesReplicasAndSlots) {
  RedisCluster cluster({.binary = GetParam(), .replicas = 0, .full_coverage = true, .arguments = careful});
  const Ended alone = doctor(cluster.url());
  EXPECT_EQ(alone.code, 1);
  EXPECT_THAT(alone.out, ContainsRegex("bad +replicas +no replica: no failover is possible"));
  EXPECT_THAT(alone.out, ContainsRegex("warn +full-coverage +yes: one lost shard stops the carts on all others"));
  cluster.node(2).kill();
  EXPECT_TRUE(
      wait_until([&] { return doctor(cluster.url()).out.find("(cluster_state is not ok)") != std::string::npos; }));
  EXPECT_THAT(doctor(cluster.url()).out, ContainsRegex("bad +connection +cannot connect"));
}

}  // namespace
}  // namespace cartd::test
