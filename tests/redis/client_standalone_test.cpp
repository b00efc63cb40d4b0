// The client over one server.
#include "client_under_test.h"
#include "support/proxy.h"
#include "support/redis_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace cartd::redis {
namespace {

using namespace std::chrono_literals;
using test::RedisServer;
using testing::HasSubstr;

TEST(ClientStandalone, SendsToTheServerOfItsUrl) {
  RedisServer server;
  for (const std::string& url : {server.url(), "unix://" + server.socket().string()}) {
    ClientUnderTest client(url);
    EXPECT_EQ(text(client.send("k", {"SET", "k", "v"})), "OK") << url;
    ASSERT_TRUE(client.comes_to_serve("k"));
    EXPECT_EQ(client.last_error("k"), "");
    EXPECT_TRUE(client.is_up());
    const ClientStatus status = client.status();
    EXPECT_EQ(status.topology, Topology::standalone);
    ASSERT_EQ(status.primaries.size(), 1U);
    EXPECT_EQ(status.primaries[0].slots, 16384U);
    EXPECT_TRUE(status.primaries[0].serves);
  }
}

TEST(ClientStandalone, FailsAtOnceWhileTheServerIsDownAndServesWhenItIsBack) {
  RedisServer server;
  ClientUnderTest client(server.url());
  ASSERT_TRUE(client.comes_to_serve("k"));
  server.kill();
  ASSERT_TRUE(client.ceases_to_serve("k"));
  ASSERT_TRUE(test::wait_until([&] { return failed(client.send("k", {"SET", "k", "v"}), Failure::Kind::not_sent); }));
  EXPECT_FALSE(client.is_up());
  EXPECT_NE(client.last_error("k"), "");
  EXPECT_EQ(client.epoch_of("k"), 0U);
  server.restart();
  ASSERT_TRUE(client.comes_to_serve("k"));
  EXPECT_EQ(text(client.send("k", {"SET", "k", "v"})), "OK");
  EXPECT_EQ(client.status().connections_lost, 1U);
}

TEST(ClientStandalone, ServesAgainWhenAFrozenServerReplies) {
  RedisServer server;
  ClientOptions options = quick_client_options();
  options.link.silence_timeout = 60s;
  ClientUnderTest client(server.url(), options);
  ASSERT_TRUE(client.comes_to_serve("k"));
  server.freeze();
  const auto late = client.start("k", {"INCR", "n"});
  ASSERT_TRUE(client.ceases_to_serve("k"));
  EXPECT_EQ(client.last_error("k"), "the server does not answer in time");
  server.thaw();
  ASSERT_TRUE(client.comes_to_serve("k"));
  EXPECT_TRUE(late().has_value());
  EXPECT_EQ(client.status().connections_lost, 0U);
}

TEST(ClientStandalone, TellsAnotherEpochAfterARestart) {
  RedisServer server;
  ClientUnderTest client(server.url());
  const auto before = client.send("k", {"SET", "k", "v"});
  ASSERT_TRUE(before);
  EXPECT_NE(before->position.epoch, 0U);
  EXPECT_EQ(client.epoch_of("k"), before->position.epoch);
  server.kill();
  ASSERT_TRUE(client.ceases_to_serve("k"));
  server.restart();
  ASSERT_TRUE(client.comes_to_serve("k"));
  EXPECT_NE(client.epoch_of("k"), before->position.epoch);
  EXPECT_EQ(server.probe().command({"EXISTS", "k"}).integer, 0);
}

TEST(ClientStandalone, KeepsItsEpochOverALostConnection) {
  RedisServer server;
  test::Proxy proxy(server.port());
  ClientUnderTest client("redis://127.0.0.1:" + std::to_string(proxy.port()));
  const auto before = client.send("k", {"SET", "k", "v"});
  ASSERT_TRUE(before);
  proxy.reset_all();
  ASSERT_TRUE(test::wait_until([&] { return client.status().connections_lost == 1; }));
  ASSERT_TRUE(client.comes_to_serve("k"));
  EXPECT_EQ(client.epoch_of("k"), before->position.epoch);
  EXPECT_TRUE(client.becomes_safe(before->position));
}

TEST(ClientStandalone, CountsAChangeAsSafeWhenItsRetentionHasPassed) {
  RedisServer server;
  ClientOptions options = quick_client_options();
  options.retention = 500ms;
  ClientUnderTest client(server.url(), options);
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = client.send("k", {"SET", "k", "v"});
  ASSERT_TRUE(answer);
  ASSERT_TRUE(client.becomes_safe(answer->position));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 500ms);
}

TEST(ClientStandalone, KeepsAsSafeWhatWasSafeInAnEarlierEpoch) {
  RedisServer server;
  ClientUnderTest client(server.url());
  const auto answer = client.send("k", {"SET", "k", "v"});
  ASSERT_TRUE(answer);
  ASSERT_TRUE(client.becomes_safe(answer->position));
  server.kill();
  ASSERT_TRUE(client.ceases_to_serve("k"));
  server.restart();
  ASSERT_TRUE(client.comes_to_serve("k"));
  EXPECT_GE(client.durable_checkpoint(answer->position.epoch), answer->position.checkpoint);
  EXPECT_EQ(client.durable_checkpoint(client.epoch_of("k")), 0U);
}

TEST(ClientStandalone, SaysThatASentinelNeedsAName) {
  RedisServer sentinel({.arguments = {"--sentinel"}, .config = "sentinel resolve-hostnames no\n"});
  ClientUnderTest client(sentinel.url());
  ASSERT_TRUE(test::wait_until([&] {
    return client.last_error("k") == "the server is a Sentinel: put the master's name at the end of the URL";
  }));
  EXPECT_FALSE(client.serves("k"));
  EXPECT_EQ(text(client.send("k", {"SET", "k", "v"})),
            "<not sent: the server is a Sentinel: put the master's name at the end of the URL>");
}

TEST(ClientStandalone, FailsRequestsOnceItIsStopped) {
  RedisServer server;
  ClientUnderTest client(server.url());
  ASSERT_TRUE(client.comes_to_serve("k"));
  client.stop();
  EXPECT_EQ(text(client.send("k", {"PING"})), "<not sent: the client was stopped>");
  test::RedisProbe probe = server.probe();
  EXPECT_TRUE(test::wait_until([&] { return probe.text({"CLIENT", "LIST"}).find("name=test") == std::string::npos; }));
}

TEST(ClientStandalone, FailsWhatIsUnansweredWhenItIsStopped) {
  RedisServer server;
  ClientUnderTest client(server.url());
  const auto blocked = client.start("nothing", {"BLPOP", "nothing", "0"});
  test::RedisProbe probe = server.probe();
  ASSERT_TRUE(test::wait_until([&] {
    return probe.text({"INFO", "clients"}).find("blocked_clients:1") != std::string::npos;
  }));
  client.stop();
  EXPECT_TRUE(failed(blocked(), Failure::Kind::outcome_unknown));
}

}  // namespace
}  // namespace cartd::redis
