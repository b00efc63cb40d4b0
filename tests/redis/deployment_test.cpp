#include "redis/topology/deployment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

namespace cartd::redis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
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

TEST(RedisDeployment, TakesEverySpellingOfTheSchemes) {
  for (const char* text : {"valkey+sentinel://h/carts", "redis-sentinel://h/carts", "VALKEY+SENTINEL://h/carts",
                           "redis-sentinel://h#carts", "redis-sentinel://h?sentinelMasterId=carts",
                           "redis-sentinel://h/0?sentinelMasterId=carts", "redis+sentinel://h/carts?service_name=carts",
                           "redis+sentinel://h/carts/0/", "redis+sentinel://h/carts/"})
    EXPECT_EQ(good(text), good("redis+sentinel://h/carts")) << text;
  for (const char* text :
       {"valkeys+sentinel://h/carts/2", "rediss-sentinel://h/2#carts", "redis+sentinels://h/carts?db=2"})
    EXPECT_EQ(good(text), good("rediss+sentinel://h/carts/2")) << text;
  for (const char* text : {"valkey+cluster://a,b", "redis-cluster://a,b/", "valkey-cluster://a,b/0"})
    EXPECT_EQ(good(text), good("redis+cluster://a,b")) << text;
  for (const char* text : {"valkeys+cluster://a,b", "redis+clusters://a,b"})
    EXPECT_EQ(good(text), good("rediss+cluster://a,b")) << text;
  EXPECT_EQ(good("valkeys://h/1"), good("rediss://h/1"));
  EXPECT_EQ(good("redis://h:26379?sentinelMasterId=carts"), good("redis+sentinel://h:26379/carts"));
}

TEST(RedisDeployment, TakesThePasswordOfAUserFromTheQuery) {
  EXPECT_EQ(good("redis://u@h/2/?password=p"), good("redis://u:p@h/2"));
  EXPECT_EQ(good("redis+cluster://u@a,b?password=p"), good("redis+cluster://u:p@a,b"));
  EXPECT_EQ(good("redis+sentinel://u@a,b/carts/2?password=p"), good("redis+sentinel://u:p@a,b/carts/2"));
  EXPECT_EQ(good("unix://u@/s?password=p&db=2"), good("unix://u:p@/s?db=2"));
}

TEST(RedisDeployment, DropsBlanksAroundTheUrl) {
  EXPECT_EQ(good(" redis://:p@h/1\n"), good("redis://:p@h/1"));
  EXPECT_EQ(good("\tredis+cluster://a,b\r\n\n"), good("redis+cluster://a,b"));
  EXPECT_THAT(error("redis+cluster://a, b"), HasSubstr("blank"));
  EXPECT_THAT(error("redis://:pass word@h"), HasSubstr("%20"));
}

TEST(RedisDeployment, PassesOverWhatIsMeantForOtherClients) {
  const Deployment deployment =
      good("redis://h/2?family=6&protocol=3&socket_timeout=5&retryOnTimeout=true&pool-size=7&timeout=5s");
  EXPECT_EQ(deployment.seeds.front(), (Url{.host = "h", .database = 2}));
  EXPECT_THAT(deployment.ignored,
              ElementsAre("family", "protocol", "socket_timeout", "retryOnTimeout", "pool-size", "timeout"));
  EXPECT_THAT(warnings(deployment),
              ElementsAre(HasSubstr("family, protocol, socket_timeout, retryOnTimeout, pool-size, timeout")));
  EXPECT_THAT(good("redis+cluster://a,b?read_only=true").ignored, ElementsAre("read_only"));
  EXPECT_THAT(good("redis+sentinel://a,b/carts?socket_timeout=1").ignored, ElementsAre("socket_timeout"));
  EXPECT_THAT(warnings(good("redis://h")), IsEmpty());
}

TEST(RedisDeployment, NamesAParameterItDoesNotKnow) {
  EXPECT_THAT(error("redis://h?sokcet_timeout=5"), HasSubstr("\"sokcet_timeout\""));
  EXPECT_THAT(error("redis+cluster://h?cluster=5"), HasSubstr("\"cluster\""));
  EXPECT_THAT(error("redis://h?db=1&database=1"), HasSubstr("db twice"));
}

TEST(RedisDeployment, TakesTheNameOfItsConnections) {
  for (const char* text :
       {"redis://h?client_name=shop", "redis://h?clientName=shop", "redis+cluster://h?connectionName=shop"})
    EXPECT_EQ(good(text).client_name, "shop") << text;
}

TEST(RedisDeployment, SaysHowToSpeakTlsToAllServers) {
  const TlsOptions tls{.authority = "/ca.pem",
                       .certificate = "/c.pem",
                       .key = "/k.pem",
                       .server_name = "redis.example.com",
                       .verify = true};
  const std::string query =
      "?tls_ca=/ca.pem&tls_cert=/c.pem&tls_key=/k.pem&tls_server_name=redis.example.com&tls_verify=full";
  for (const std::string& text :
       {"rediss://h" + query, "rediss+sentinel://a,b/carts" + query, "valkeys+cluster://a,b" + query}) {
    const Deployment deployment = good(text);
    EXPECT_EQ(deployment.entry.tls, tls) << text;
    for (const Url& seed : deployment.seeds) EXPECT_EQ(seed.tls, tls) << text;
    EXPECT_EQ(good(printable(deployment)), deployment) << text;
    EXPECT_THAT(warnings(deployment), IsEmpty());
  }
  EXPECT_EQ(good("rediss://h?ssl_ca_certs=/ca.pem&ssl_certfile=/c.pem&ssl_keyfile=/k.pem").entry.tls,
            (TlsOptions{.authority = "/ca.pem", .certificate = "/c.pem", .key = "/k.pem"}));
}

TEST(RedisDeployment, WarnsWhereCertificatesAreNotVerified) {
  for (const char* text :
       {"rediss://h?tls_verify=none", "rediss://h?ssl_cert_reqs=none", "rediss://h?ssl_cert_reqs=CERT_NONE",
        "rediss://h?skip_verify=true", "rediss://h?verifyPeer=NONE", "rediss://h#insecure"}) {
    EXPECT_FALSE(good(text).entry.tls.verifies()) << text;
    EXPECT_THAT(warnings(good(text)), ElementsAre(HasSubstr("not verified"))) << text;
  }
  for (const char* text :
       {"rediss://h", "rediss://h?ssl_cert_reqs=required", "rediss://h?ssl_cert_reqs=CERT_REQUIRED",
        "rediss://h?ssl_cert_reqs=optional", "rediss://h?skip_verify=false", "rediss://h?verifyPeer=FULL"})
    EXPECT_TRUE(good(text).entry.tls.verifies()) << text;
}

TEST(RedisDeployment, TakesTlsOptionsThatStandBesideTheUrl) {
  std::string option;
  Deployment deployment = good("rediss+cluster://a,b?tls_ca=/ca.pem");
  EXPECT_EQ(add_tls({.authority = "/ca.pem", .certificate = "/c.pem", .verify = false}, deployment, option), "");
  EXPECT_EQ(deployment, good("rediss+cluster://a,b?tls_ca=/ca.pem&tls_cert=/c.pem&tls_verify=none"));
  EXPECT_THAT(add_tls({.authority = "/other.pem"}, deployment, option), HasSubstr("contradicts"));
  EXPECT_EQ(option, "tls_ca");
  Deployment plain = good("redis://h");
  EXPECT_THAT(add_tls({.verify = true}, plain, option), HasSubstr("rediss://"));
  EXPECT_EQ(option, "tls_verify");
}

TEST(RedisDeployment, SaysWhatIsWrongWithAList) {
  for (const char* text : {"redis+cluster://h1,h2,", "redis+sentinel://h1,,h2/carts", "redis+cluster://,h"})
    EXPECT_THAT(error(text), HasSubstr("remove a comma")) << text;
  EXPECT_THAT(error("redis://h1,h2"), HasSubstr("redis+cluster://"));
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
                           "redis+sentinel://h/carts/1?db=2",
                           "redis+sentinel://h/carts?master=other",
                           "redis+sentinel://h?db=0",
                           "redis-sentinel://h/carts#other",
                           "redis+cluster://h?db=1",
                           "redis://h?sentinel_password=p",
                           "redis://h?tls_ca=/ca.pem",
                           "redis://h?ssl_cert_reqs=none",
                           "rediss://h?ssl=false",
                           "rediss://h?tls_verify=perhaps",
                           "rediss://h?tls_server_name=a%20b",
                           "rediss://h?tls_ca=",
                           "rediss://h#insecur",
                           "redis://h#insecure",
                           "unix:///s?ssl=true",
                           "redis://h?client_name=a%20b",
                           "redis://h?keyPrefix=x",
                           "redis://h?addr=h2:1",
                           "unix+sentinel:///s",
                           "valkey+redis://h",
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

TEST(RedisDeployment, SaysThatAClusterHasOneDatabase) {
  EXPECT_EQ(error("redis+cluster://h/1"), "A Redis Cluster has database 0 only.");
}

TEST(RedisDeployment, NeverRepeatsASecretInAnError) {
  for (const char* text :
       {"redis+sentinel://:s3cr3t@h", "redis+sentinel://:s3cr3t@h/x?y",
        "redis+sentinel://h/x?sentinel_password=s3cr3t&z", "redis+cluster://:s3cr3t@h/1", "redis+cluster://:s3cr3t@h:0",
        "redis+cluster://u:s3cr3t@", "s3cr3t", "redis+cluster://s3cr3t@h", "redis+cluster://h?s3cr3t",
        "redis://:s3cr3t?s3cr3t=x@h", "redis://u:1?s3cr3t=x@h", "redis+sentinel://h/x?sentinel_password=a&s3cr3t=b",
        "redis://h?password=s3cr3t&s3cr3t", "redis://:a@h?password=s3cr3t", "redis://u:12#s3cr3t@h",
        "redis://h?db=s3cr3t", "redis+sentinel://h/s3cr3t x", "redis://:s3cr3t/x@h/y"}) {
    EXPECT_THAT(error(text), Not(HasSubstr("3cr3t"))) << text;
  }
}

TEST(RedisDeployment, PrintsEverythingButThePasswords) {
  EXPECT_EQ(printable(good("redis+sentinel://shop:s3cr3t@h1,[::1]:2/carts/1")),
            "redis+sentinel://shop:***@h1:26379,[::1]:2/carts/1");
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
    if (*rc::gen::arbitrary<bool>()) {
      deployment.entry.transport = Url::Transport::tls;
      deployment.entry.tls.authority = *rc::gen::container<std::string>(rc::gen::inRange('\x01', '\x7f'));
      deployment.entry.tls.verify = *rc::gen::arbitrary<bool>();
    }
    deployment.client_name = *rc::gen::container<std::string>(rc::gen::inRange('!', '~'));
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
