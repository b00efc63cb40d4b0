#include "redis/deployment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

namespace cartd::redis {
namespace {

using testing::HasSubstr;
using testing::Not;

Deployment good(const std::string& text) {
  const auto deployment = parse_deployment(text);
  EXPECT_TRUE(deployment) << text << ": " << (deployment ? "" : deployment.error());
  return deployment ? *deployment : standalone(Url{.host = "none"});
}

std::string error(const std::string& text) {
  const auto deployment = parse_deployment(text);
  EXPECT_FALSE(deployment) << text;
  return deployment ? "" : deployment.error();
}

TEST(RedisDeployment, TakesEveryUrlOfOneServer) {
  for (const char* text : {"redis://h", "rediss://u:p@h:1/2", "redis://[::1]:7000", "unix:///run/redis.sock?db=3"}) {
    EXPECT_EQ(good(text), standalone(*parse_url(text))) << text;
  }
}

TEST(RedisDeployment, ReadsSentinels) {
  const Deployment deployment = good("redis+sentinel://shop:pw@h1:1,h2,[::1]:3/carts/4");
  EXPECT_EQ(deployment.topology, Topology::sentinel);
  EXPECT_EQ(deployment.master, "carts");
  EXPECT_EQ(deployment.entry, (Url{.user = "shop", .password = "pw", .database = 4}));
  ASSERT_EQ(deployment.seeds.size(), 3U);
  EXPECT_EQ(deployment.seeds[0], (Url{.host = "h1", .port = 1, .user = "shop", .password = "pw"}));
  EXPECT_EQ(deployment.seeds[1], (Url{.host = "h2", .port = 26379, .user = "shop", .password = "pw"}));
  EXPECT_EQ(deployment.seeds[2], (Url{.host = "::1", .port = 3, .user = "shop", .password = "pw"}));
}

TEST(RedisDeployment, EntersSentinelsWithTheirOwnPassword) {
  const Deployment deployment = good("rediss+sentinel://:pw@h/carts?sentinel_user=watch&sentinel_password=0ther%26");
  EXPECT_EQ(deployment.entry, (Url{.transport = Url::Transport::tls, .password = "pw"}));
  EXPECT_EQ(deployment.seeds.at(0),
            (Url{.transport = Url::Transport::tls, .host = "h", .port = 26379, .user = "watch", .password = "0ther&"}));
  EXPECT_EQ(good("redis+sentinel://:pw@h/carts?sentinel_password=").seeds.at(0), (Url{.host = "h", .port = 26379}));
}

TEST(RedisDeployment, TakesAPathThatIsNoNumberForWhatASentinelWatches) {
  EXPECT_EQ(good("redis://:pw@h:7/carts"), good("redis+sentinel://:pw@h:7/carts"));
  EXPECT_EQ(good("rediss://h/my-carts.1/2"), good("rediss+sentinel://h/my-carts.1/2"));
  EXPECT_EQ(good("redis://h/7").topology, Topology::standalone);
}

TEST(RedisDeployment, ReadsClusters) {
  const Deployment deployment = good("REDISS+cluster://:pw@h1:1,h2");
  EXPECT_EQ(deployment.topology, Topology::cluster);
  EXPECT_EQ(deployment.entry, (Url{.transport = Url::Transport::tls, .password = "pw"}));
  ASSERT_EQ(deployment.seeds.size(), 2U);
  EXPECT_EQ(deployment.seeds[1], (Url{.transport = Url::Transport::tls, .host = "h2", .port = 6379, .password = "pw"}));
  EXPECT_EQ(good("redis+cluster://h/0").entry.database, 0U);
}

TEST(RedisDeployment, RefusesWhatItCannotMean) {
  for (const char* text : {"",
                           "redis",
                           "http://h",
                           "redis+sentinel://h",
                           "redis+sentinel://h/",
                           "redis+sentinel:///carts",
                           "redis+sentinel://h,/carts",
                           "redis+sentinel://,h/carts",
                           "redis+sentinel://h:0/carts",
                           "redis+sentinel://h:x,h2/carts",
                           "redis+sentinel://h/ca%20rts",
                           "redis+sentinel://h/carts/x",
                           "redis+sentinel://h/carts/1/2",
                           "redis+sentinel://user@h/carts",
                           "redis+sentinel://h/carts?db=1",
                           "redis+sentinel://h/carts?sentinel_user=u",
                           "redis+sentinel://h/carts?sentinel_password",
                           "redis+sentinel://h/carts?sentinel_password=a&sentinel_password=b",
                           "redis+sentinel://h/carts#x",
                           "redis+cluster://",
                           "redis+cluster://h/x",
                           "redis+cluster://h?x=1",
                           "redis+cluster://h#x",
                           "redis+cluster://a b",
                           "redis+cluster://h1,h2,",
                           "redis://h1,h2",
                           "unix://h/s",
                           "unix+cluster:///s"}) {
    EXPECT_FALSE(parse_deployment(text)) << text;
  }
  std::string many = "redis+cluster://h";
  for (std::size_t i = 0; i < Deployment::most_seeds; ++i) many += ",h" + std::to_string(i);
  EXPECT_EQ(error(many), "The Redis URL names too many servers.");
  EXPECT_FALSE(parse_deployment("redis+cluster://" + std::string(1'000'000, 'a')));
}

TEST(RedisDeployment, SaysThatAClusterHasOneDatabase) { EXPECT_EQ(error("redis+cluster://h/1"), "A Redis Cluster has database 0 only."); }

TEST(RedisDeployment, NeverRepeatsASecretInAnError) {
  for (const char* text :
       {"redis+sentinel://:s3cr3t@h", "redis+sentinel://:s3cr3t@h/x?y", "redis+sentinel://h/x?sentinel_password=s3cr3t&z",
        "redis+cluster://:s3cr3t@h/1", "redis+cluster://:s3cr3t@h:0", "redis+cluster://u:s3cr3t@", "s3cr3t", "redis+cluster://s3cr3t@h",
        "redis+cluster://h?s3cr3t", "redis+sentinel://h/s3cr3t x", "redis://:s3cr3t/x@h/y"}) {
    EXPECT_THAT(error(text), Not(HasSubstr("3cr3t"))) << text;
  }
}

TEST(RedisDeployment, PrintsEverythingButThePasswords) {
  EXPECT_EQ(printable(good("redis+sentinel://shop:s3cr3t@h1,[::1]:2/carts/1")), "redis+sentinel://shop:***@h1:26379,[::1]:2/carts/1");
  EXPECT_EQ(printable(good("redis://:s3cr3t@h/carts?sentinel_password=0ther")),
            "redis+sentinel://:***@h:26379/carts?sentinel_password=***");
  EXPECT_EQ(printable(good("redis+sentinel://:s3cr3t@h/carts?sentinel_user=u&sentinel_password=0ther")),
            "redis+sentinel://:***@h:26379/carts?sentinel_password=***&sentinel_user=u");
  EXPECT_EQ(printable(good("rediss+cluster://:s3cr3t@h1,h2")), "rediss+cluster://:***@h1:6379,h2:6379");
  EXPECT_EQ(printable(good("redis://:s3cr3t@h/2")), "redis://:***@h:6379/2");
}

TEST(RedisDeployment, ReadsBackWhatItPrintsExceptThePasswords) {
  EXPECT_TRUE(rc::check([] {
    Deployment deployment{.topology = *rc::gen::element(Topology::sentinel, Topology::cluster)};
    deployment.entry.user = *rc::gen::string<std::string>();
    deployment.entry.password = "***";
    if (*rc::gen::arbitrary<bool>()) deployment.entry.transport = Url::Transport::tls;
    const auto count = *rc::gen::inRange<std::size_t>(1, 5);
    for (std::size_t i = 0; i < count; ++i) {
      Url seed = deployment.entry;
      seed.host = *rc::gen::element<std::string>("h", "a.b-c", "10.1.2.3", "2001:db8::7");
      seed.port = *rc::gen::inRange<std::uint16_t>(1, 65535);
      deployment.seeds.push_back(seed);
    }
    if (deployment.topology == Topology::sentinel) {
      deployment.master = *rc::gen::element<std::string>("carts", "x", "a-b.c_d", "7up");
      deployment.entry.database = *rc::gen::inRange(0U, 2147483647U);
      if (*rc::gen::arbitrary<bool>()) {
        const std::string user = *rc::gen::string<std::string>();
        for (Url& seed : deployment.seeds) seed.user = user;
      }
    }
    const auto again = parse_deployment(printable(deployment));
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == deployment);
  }));
}

TEST(RedisDeployment, SurvivesAnyText) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    for (const char* scheme : {"", "redis://", "redis+sentinel://", "redis+sentinel://h/m?", "redis+cluster://"}) {
      const auto deployment = parse_deployment(scheme + text);
      if (deployment) {
        RC_ASSERT(!deployment->seeds.empty());
      } else {
        RC_ASSERT(!deployment.error().empty());
      }
    }
  }));
}

}  // namespace
}  // namespace cartd::redis
