// The doctor on real servers.
#include "apps/cartctl/doctor/acl.h"
#include "apps/permissions.h"
#include "support/free_port.h"
#include "support/parameter_name.h"
#include "support/redis_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace cartd::test {
namespace {

using testing::ContainsRegex, testing::HasSubstr, testing::IsEmpty, testing::Not;

class OnEveryServer : public testing::TestWithParam<std::string> {
 protected:
  static RedisServerOptions server(std::vector<std::string> arguments = {}) {
    RedisServerOptions options;
    options.binary = GetParam();
    options.arguments = std::move(arguments);
    return options;
  }
};

INSTANTIATE_TEST_SUITE_P(Servers, OnEveryServer, testing::ValuesIn(server_binaries()), parameter_name);

TEST_P(OnEveryServer, TheDoctorWarnsOfAServerThatLosesCarts) {
  const RedisServer redis(server({"--maxmemory", "100mb", "--maxmemory-policy", "volatile-lru"}));
  RedisProbe probe = redis.probe();
  probe.text({"SET", "cart:json", "{}"});
  probe.integer({"RPUSH", "cart:list", "x"});
  for (int i = 0; i < 600; ++i) probe.integer({"HSET", "cart:large", "sku" + std::to_string(i), "1"});
  const Ended ended = doctor(redis.url());
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.out, ContainsRegex("bad +persistence"));
  EXPECT_THAT(ended.out, ContainsRegex("bad +eviction"));
  EXPECT_THAT(ended.out, ContainsRegex("bad +json .*cart:json"));
  EXPECT_THAT(ended.out, ContainsRegex("bad +type .*cart:list"));
  EXPECT_THAT(ended.out, ContainsRegex("warn +size .*cart:large"));
  EXPECT_THAT(ended.out, ContainsRegex("warn +encoding .*cart:large"));
  EXPECT_THAT(ended.out, ContainsRegex("warn +expiry"));
  EXPECT_THAT(ended.out, ContainsRegex("warn +replicas"));
  EXPECT_THAT(ended.out, HasSubstr(doctor::acl_line(redis::Topology::standalone) + "\n"));
  EXPECT_THAT(ended.err, IsEmpty());
}

TEST_P(OnEveryServer, TheDoctorIsContentWithAServerThatKeepsCarts) {
  const RedisServer redis(server({"--appendonly", "yes", "--maxmemory", "1gb", "--maxmemory-policy", "noeviction"}));
  const Ended ended = doctor(redis.url());
  EXPECT_EQ(ended.code, 0) << ended.out;
  EXPECT_THAT(ended.out, Not(ContainsRegex("\nbad ")));
  const Ended json = doctor(redis.url(), {"--json"});
  EXPECT_EQ(json.code, 0);
  EXPECT_THAT(json.out, HasSubstr(R"({"level":"ok","check":"persistence")"));
}

TEST_P(OnEveryServer, TheDoctorSeesSlowCommandsAboutCarts) {
  const RedisServer redis(server({"--slowlog-log-slower-than", "0"}));
  RedisProbe probe = redis.probe();
  probe.integer({"HSET", "cart:c", "a", "1"});
  EXPECT_THAT(doctor(redis.url()).out, ContainsRegex("warn +slow-log +1 slow commands about carts; the slowest: HSET"));
}

TEST_P(OnEveryServer, TheDoctorLooksAtASampleOfManyCarts) {
  const RedisServer redis(server());
  RedisProbe probe = redis.probe();
  for (int i = 0; i < 3000; ++i) probe.integer({"HSET", "cart:" + std::to_string(i), "a", "1"});
  EXPECT_THAT(doctor(redis.url(), {"--sample", "100"}).out, HasSubstr("a sample"));
  EXPECT_THAT(doctor(redis.url(), {"--sample", "10000"}).out,
              HasSubstr("3000 carts and 0 meta hashes checked, all of them"));
}

TEST_P(OnEveryServer, TheDoctorWarnsWhenCartdCouldNotNoticeAFailover) {
  const RedisServer redis(server({"--appendonly", "yes"}));
  std::string line = doctor::acl_line(redis::Topology::standalone);
  const std::string info = " +info";
  line.erase(line.find(info), info.size());
  paste(redis.probe(), line, "s3cr3t");
  const Ended ended = doctor("redis://cartd:s3cr3t@127.0.0.1:" + std::to_string(redis.port()));
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.out, ContainsRegex("bad +failover +INFO does not show it .*do: permit .info"));
}

TEST_P(OnEveryServer, TheDoctorSaysWhereItMayNotLook) {
  const RedisServer redis(server());
  paste(redis.probe(), doctor::acl_line(redis::Topology::standalone), "s3cr3t");
  EXPECT_EQ(redis.probe().text({"ACL", "SETUSER", "cartd", "-scan"}), "OK");
  const Ended ended = doctor("redis://cartd:s3cr3t@127.0.0.1:" + std::to_string(redis.port()));
  EXPECT_EQ(ended.code, 1) << "no AOF: INFO tells";
  EXPECT_THAT(ended.out, ContainsRegex("bad +persistence"));
  EXPECT_THAT(ended.out, ContainsRegex("unknown +slow-log +could not check"));
  EXPECT_THAT(ended.out, ContainsRegex("unknown +carts +could not check"));
  EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("s3cr3t")));
}

TEST(DoctorProgram, SaysWhenThereIsNoServerWithoutTheSecret) {
  const Ended ended = doctor("redis://:s3cr3t@127.0.0.1:" + std::to_string(free_port()));
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.err, HasSubstr("cartctl: redis://:***@127.0.0.1:"));
  EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("s3cr3t")));
}

TEST(DoctorProgram, SaysWhenThePasswordIsWrongWithoutTheSecret) {
  RedisServerOptions options;
  options.password = "right";
  const RedisServer redis(options);
  const Ended ended = doctor("redis://:s3cr3t@127.0.0.1:" + std::to_string(redis.port()));
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.err, HasSubstr("refused the user or the password"));
  EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("s3cr3t")));
}

TEST(DoctorProgram, AWrongUrlIsExitCodeTwoWithoutTheSecret) {
  const Ended ended = doctor("http://:s3cr3t@127.0.0.1");
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("s3cr3t")));
}

}  // namespace
}  // namespace cartd::test
