// The client behind Sentinels: it finds the primary, follows it, and says what a failover cannot take back.
#include "client_under_test.h"
#include "support/parameter_name.h"
#include "support/sentinel_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace cartd::redis {
namespace {

using namespace std::chrono_literals;
using test::RedisServer;
using test::SentinelGroup;
using testing::HasSubstr;
using testing::Not;

std::string role(RedisServer& server) { return server.probe().text({"INFO", "replication"}); }

TEST(ClientSentinel, FindsThePrimaryAndTheOtherSentinels) {
  SentinelGroup group;
  ClientUnderTest client(group.url(1));
  EXPECT_EQ(text(client.send("k", {"SET", "k", "v"})), "OK");
  EXPECT_EQ(group.server(0).probe().text({"GET", "k"}), "v");
  EXPECT_TRUE(test::wait_until(
      [&] { return client.status().sentinels_known == 3 && client.status().sentinels_answering == 3; }));
  EXPECT_EQ(client.status().topology, Topology::sentinel);
  EXPECT_TRUE(client.is_up());
}

TEST(ClientSentinel, FollowsAServerThatTurnsOutToBeASentinel) {
  SentinelGroup group({.replicas = 1, .sentinels = 1});
  ClientUnderTest client("redis://127.0.0.1:" + std::to_string(group.sentinel(0).port()) + "/" + SentinelGroup::name);
  EXPECT_EQ(text(client.send("k", {"SET", "k", "v"})), "OK");
}

TEST(ClientSentinel, SaysWhenTheNameIsUnknownOrTheServerIsNoSentinel) {
  SentinelGroup group({.replicas = 0, .sentinels = 1});
  ClientUnderTest other_name("redis+sentinel://127.0.0.1:" + std::to_string(group.sentinel(0).port()) + "/other");
  ClientUnderTest no_sentinel("redis://127.0.0.1:" + std::to_string(group.server(0).port()) + "/carts");
  EXPECT_TRUE(
      test::wait_until([&] { return other_name.last_error("k") == "the Sentinels know no master of that name"; }));
  EXPECT_TRUE(test::wait_until([&] { return no_sentinel.last_error("k") == "the server is not a Sentinel"; }));
  EXPECT_EQ(text(other_name.send("k", {"PING"})), "<not sent: the Sentinels know no master of that name>");
}

class ClientSentinelOn : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(On, ClientSentinelOn, testing::ValuesIn(test::server_binaries()), test::parameter_name);

TEST_P(ClientSentinelOn, FollowsAFailoverAndNeverWritesToTheOldPrimary) {
  SentinelGroup group({.binary = GetParam()});
  ClientUnderTest client(group.url());
  const auto before = client.send("k", {"SET", "k", "before"});
  ASSERT_TRUE(before);
  group.server(0).kill();
  ASSERT_TRUE(client.ceases_to_serve("k"));
  const std::size_t primary = group.primary_other_than(0);
  ASSERT_TRUE(client.comes_to_serve("k"));
  EXPECT_NE(client.epoch_of("k"), before->position.epoch);
  EXPECT_EQ(text(client.send("k", {"SET", "k", "after"})), "OK");
  EXPECT_EQ(group.server(primary).probe().text({"GET", "k"}), "after");

  group.server(0).restart();
  group.wait_until_whole();
  EXPECT_EQ(text(client.send("k", {"SET", "k", "again"})), "OK");
  EXPECT_EQ(group.server(primary).probe().text({"GET", "k"}), "again");
  EXPECT_THAT(role(group.server(0)), HasSubstr("role:slave"));
  EXPECT_THAT(group.server(0).probe().text({"CLIENT", "LIST"}), Not(HasSubstr("name=test")));
  EXPECT_THAT(client.status().primaries.at(0).address, HasSubstr(std::to_string(group.server(primary).port())));
}

TEST(ClientSentinel, FollowsThePrimaryWhenItIsFrozen) {
  SentinelGroup group;
  ClientUnderTest client(group.url());
  ASSERT_TRUE(client.comes_to_serve("k"));
  group.server(0).freeze();
  // It lies with the old primary, and may be executed there once that wakes up: its outcome must not be known.
  EXPECT_TRUE(failed(client.send("k", {"SET", "k", "late"}), Failure::Kind::outcome_unknown));
  const std::size_t primary = group.primary_other_than(0);
  ASSERT_TRUE(client.comes_to_serve("k"));
  EXPECT_EQ(text(client.send("k", {"SET", "k", "after"})), "OK");
  group.server(0).thaw();
  group.wait_until_whole();
  EXPECT_EQ(text(client.send("k", {"GET", "k"})), "after");
  EXPECT_EQ(group.server(primary).probe().text({"GET", "k"}), "after");
}

TEST(ClientSentinel, FollowsAFailoverByCommand) {
  SentinelGroup group;
  ClientUnderTest client(group.url());
  ASSERT_TRUE(client.comes_to_serve("k"));
  for (int checkpoint = 0; checkpoint < 2; ++checkpoint) {
    const std::size_t before = group.primary();
    group.fail_over();
    ASSERT_TRUE(test::wait_until([&] { return client.send("k", {"INCR", "k"}, 2s).has_value(); }, 60s));
    group.wait_until_whole();
    EXPECT_NE(group.primary(), before);
  }
}

TEST(ClientSentinel, FindsThePrimaryAnewOnReadonlyAndSendsAgain) {
  SentinelGroup group({.replicas = 1, .sentinels = 1, .down_after = 30s});
  ClientUnderTest client(group.url());
  ASSERT_TRUE(client.comes_to_serve("k"));
  // Behind the Sentinel's back: the primary refuses until it is one again.
  test::RedisProbe probe = group.server(0).probe();
  probe.text({"REPLICAOF", "127.0.0.1", std::to_string(group.server(1).port())});
  const auto waiting = client.start("k", {"SET", "k", "v"}, 60s);
  ASSERT_TRUE(test::wait_until([&] { return client.status().redirects.read_only >= 1; }));
  EXPECT_FALSE(client.serves("k"));
  // Not sent, unless the deadline strikes while an attempt is under way.
  EXPECT_THAT(text(client.send("k", {"SET", "k", "never"}, 50ms)),
              testing::AnyOf("<not sent: could not be sent in time>", "<unknown: no reply in time>"));
  probe.text({"REPLICAOF", "NO", "ONE"});
  EXPECT_EQ(text(waiting()), "OK");
  EXPECT_EQ(group.server(0).probe().text({"GET", "k"}), "v");
}

TEST(ClientSentinel, SendsNothingToAServerThatSaysItIsAReplica) {
  SentinelGroup group({.replicas = 1, .sentinels = 1, .down_after = 30s});
  test::RedisProbe probe = group.server(0).probe();
  probe.text({"REPLICAOF", "127.0.0.1", std::to_string(group.server(1).port())});
  ClientUnderTest client(group.url());
  EXPECT_EQ(text(client.send("k", {"SET", "k", "v"}, 300ms)), "<not sent: could not be sent in time>");
  EXPECT_EQ(client.last_error("k"), "the server that the Sentinels name is a replica");
  EXPECT_FALSE(client.is_up());
  EXPECT_EQ(client.status().redirects.read_only, 0U);
  probe.text({"REPLICAOF", "NO", "ONE"});
  EXPECT_EQ(text(client.send("k", {"SET", "k", "v"})), "OK");
}

TEST(ClientSentinel, IsNotHeldUpByASentinelThatHangs) {
  SentinelGroup group;
  group.sentinel(0).freeze();
  ClientOptions options = quick_client_options();
  options.discovery_timeout = 60s;  // Whoever waits for the frozen one waits too long for this test.
  options.link.connect_timeout = 60s;
  options.link.silence_timeout = 60s;
  ClientUnderTest client(group.url(), options);
  EXPECT_EQ(text(client.send("k", {"SET", "k", "v"})), "OK");
  const auto answer = client.send("k", {"SET", "k", "w"});
  ASSERT_TRUE(answer);
  EXPECT_TRUE(client.becomes_safe(answer->position));
}

TEST(ClientSentinel, ServesOnWithoutAnySentinel) {
  SentinelGroup group({.replicas = 1, .sentinels = 1});
  ClientUnderTest client(group.url());
  ASSERT_TRUE(client.comes_to_serve("k"));
  group.sentinel(0).kill();
  ASSERT_TRUE(test::wait_until([&] { return client.status().sentinels_answering == 0; }));
  EXPECT_EQ(text(client.send("k", {"SET", "k", "v"})), "OK");
  EXPECT_TRUE(client.serves("k"));
}

TEST(ClientSentinel, ReportsDurabilityAfterReplicationAndAMajority) {
  SentinelGroup group;
  ClientUnderTest client(group.url());
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.send("k", {"INCR", "k"});
    ASSERT_TRUE(answer);
    ASSERT_TRUE(client.becomes_safe(answer->position));
    for (std::size_t replica = 1; replica < group.servers(); ++replica)
      EXPECT_GE(std::stoi(group.server(replica).probe().text({"GET", "k"})), i + 1);
  }
}

// Waits until `count` replicas have acknowledged all that `primary` holds now.
bool is_copied(RedisServer& primary, std::size_t count) {
  test::RedisProbe probe = primary.probe();
  const auto replication = [&] { return read_replication(probe.text({"INFO", "replication"})); };
  const std::uint64_t offset = replication().offset;
  const auto has_all = [&](std::uint64_t acknowledged) { return acknowledged >= offset; };
  return test::wait_until([&] {
    const Replication now = replication();
    return static_cast<std::size_t>(std::count_if(now.acknowledged.begin(), now.acknowledged.end(), has_all)) == count;
  });
}

// Keeps the checkpoints going with new commands, and looks at each whether `place` still is unsafe.
bool stays_unsafe(ClientUnderTest& client, const WritePosition& position) {
  for (int i = 0; i < 20; ++i) {
    const auto next = client.send("k", {"INCR", "n"});
    if (!next ||
        !test::wait_until([&] { return client.status().primaries.at(0).last_checkpoint >= next->position.checkpoint; }))
      return false;
    if (client.durable_checkpoint(position.epoch) >= position.checkpoint) return false;
  }
  return true;
}

TEST(ClientSentinel, CountsNothingAsSafeWhileAReplicaIsBehind) {
  SentinelGroup group({.down_after = 60s});
  ClientUnderTest client(group.url());
  const auto before = client.send("k", {"SET", "k", "v"});
  ASSERT_TRUE(before);
  ASSERT_TRUE(client.becomes_safe(before->position));
  group.server(2).freeze();
  const auto answer = client.send("k", {"SET", "k", "w"});
  ASSERT_TRUE(answer);
  ASSERT_TRUE(is_copied(group.server(0), 1));
  EXPECT_TRUE(stays_unsafe(client, answer->position));
  group.server(2).thaw();
  EXPECT_TRUE(client.becomes_safe(answer->position));
}

TEST(ClientSentinel, CountsNothingAsSafeWithoutTheMajorityOfTheSentinels) {
  SentinelGroup group;
  // It knows one Sentinel by its URL, and is told of the others.
  ClientUnderTest client(group.url(1));
  ASSERT_TRUE(test::wait_until([&] { return client.status().sentinels_known == 3; }));
  group.sentinel(1).kill();
  group.sentinel(2).kill();
  const auto answer = client.send("k", {"SET", "k", "v"});
  ASSERT_TRUE(answer);
  ASSERT_TRUE(is_copied(group.server(0), 2));
  EXPECT_TRUE(stays_unsafe(client, answer->position));
  group.restart_sentinel(1);
  EXPECT_TRUE(client.becomes_safe(answer->position));
}

TEST(ClientSentinel, CountsAChangeWithoutAReplicaAsSafeAfterItsRetention) {
  SentinelGroup group({.replicas = 0, .sentinels = 1});
  ClientOptions options = quick_client_options();
  options.retention = 400ms;
  ClientUnderTest client(group.url(), options);
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = client.send("k", {"SET", "k", "v"});
  ASSERT_TRUE(answer);
  ASSERT_TRUE(client.becomes_safe(answer->position));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 400ms);
}

TEST(ClientSentinel, EntersServersAndSentinelsWithPasswords) {
  SentinelGroup group({.replicas = 1, .sentinels = 2, .password = "s3cret", .sentinel_password = "0ther"});
  ClientUnderTest client(group.url());
  const auto answer = client.send("k", {"SET", "k", "v"});
  EXPECT_EQ(text(answer), "OK");
  EXPECT_TRUE(client.becomes_safe(answer->position));
}

TEST(ClientSentinel, EntersASentinelThatHasNoPasswordWithTheServersOne) {
  SentinelGroup group({.replicas = 0, .sentinels = 1, .password = "s3cret"});
  ClientUnderTest client("redis+sentinel://:s3cret@127.0.0.1:" + std::to_string(group.sentinel(0).port()) + "/carts");
  EXPECT_EQ(text(client.send("k", {"SET", "k", "v"})), "OK");
}

TEST(ClientSentinel, SaysWhenASentinelRefusesThePassword) {
  SentinelGroup group({.replicas = 0, .sentinels = 1, .sentinel_password = "0ther"});
  const std::string at = "127.0.0.1:" + std::to_string(group.sentinel(0).port());
  ClientUnderTest none("redis+sentinel://" + at + "/carts");
  ClientUnderTest wrong("redis+sentinel://" + at + "/carts?sentinel_password=wr0ng");
  EXPECT_TRUE(test::wait_until([&] { return none.last_error("k") == "the Sentinel requires a password"; }));
  EXPECT_TRUE(
      test::wait_until([&] { return wrong.last_error("k") == "the Sentinel refused the user or the password"; }));
}

TEST(ClientSentinel, SpeaksTlsToServersAndSentinels) {
  SentinelGroup group(
      {.replicas = 1, .sentinels = 2, .password = "s3cret", .tls = true, .asks_for_certificates = true});
  const test::Certificates& files = group.certificates();
  ClientUnderTest without(group.url() + "&tls_ca=" + files.authority.string());
  EXPECT_TRUE(test::wait_until([&] {
    return without.last_error("k").find("Sentinel requires a client certificate") != std::string::npos;
  })) << without.last_error("k");
  // The second Sentinel and the servers are found on the way.
  ClientUnderTest client(group.url(1) + "&tls_ca=" + files.authority.string() +
                         "&tls_cert=" + files.certificate.string() + "&tls_key=" + files.key.string());
  const auto answer = client.send("k", {"SET", "k", "v"});
  EXPECT_EQ(text(answer), "OK");
  EXPECT_TRUE(client.becomes_safe(answer->position));
  group.server(0).kill();
  group.primary_other_than(0);
  EXPECT_TRUE(client.comes_to_serve("k"));
}

}  // namespace
}  // namespace cartd::redis
