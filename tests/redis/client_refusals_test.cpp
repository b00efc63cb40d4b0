// Servers that are there but cannot: each refusal reaches the caller, did nothing, and keeps further commands away for
// a while.
#include "client_under_test.h"
#include "support/free_port.h"
#include "support/parameter_name.h"
#include "support/redis_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <string>

namespace cartd::redis {
namespace {

using namespace std::chrono_literals;
using test::RedisServer;
using testing::StartsWith;

class ClientRefusals : public testing::TestWithParam<std::string> {
 protected:
  RedisServer make(std::vector<std::string> arguments = {}) {
    return RedisServer({.binary = GetParam(), .arguments = std::move(arguments)});
  }
  // Long enough to be seen.
  static ClientOptions options() {
    ClientOptions options = quick_client_options();
    options.refusal = 60s;
    return options;
  }
  static void expect_refusal(ClientUnderTest& client, const std::string& code) {
    EXPECT_THAT(text(client.send("k", {"SET", "k", "v"})), StartsWith("-" + code));
    EXPECT_FALSE(client.serves("k"));
    EXPECT_EQ(client.last_error("k"), "the server refused a command: " + code);
  }
};

INSTANTIATE_TEST_SUITE_P(On, ClientRefusals, testing::ValuesIn(test::server_binaries()), test::parameter_name);

TEST_P(ClientRefusals, TooFewReplicas) {
  RedisServer server = make({"--min-replicas-to-write", "1"});
  ClientUnderTest client(server.url(), options());
  expect_refusal(client, "NOREPLICAS");
}

TEST_P(ClientRefusals, NoDiskToSaveTo) {
  RedisServer server = make();
  // A folder stands where the dump should go.
  std::filesystem::create_directory(server.folder() / "dump.rdb");
  test::RedisProbe probe = server.probe();
  probe.text({"CONFIG", "SET", "save", "3600 1"});
  probe.text({"BGSAVE"});
  ASSERT_TRUE(test::wait_until([&] {
    return probe.text({"INFO", "persistence"}).find("rdb_last_bgsave_status:err") != std::string::npos;
  }));
  ClientUnderTest client(server.url(), options());
  expect_refusal(client, "MISCONF");
}

TEST_P(ClientRefusals, AReplicaWithoutItsPrimary) {
  RedisServer server = make({"--replica-serve-stale-data", "no"});
  server.probe().text({"REPLICAOF", "127.0.0.1", std::to_string(test::free_port())});
  ClientUnderTest client(server.url(), options());
  EXPECT_THAT(text(client.send("k", {"GET", "k"})), StartsWith("-MASTERDOWN"));
  EXPECT_FALSE(client.serves("k"));
}

TEST_P(ClientRefusals, AStandaloneServerThatBecameAReplica) {
  RedisServer server = make();
  ClientUnderTest client(server.url(), options());
  ASSERT_TRUE(client.comes_to_serve("k"));
  server.probe().text({"REPLICAOF", "127.0.0.1", std::to_string(test::free_port())});
  EXPECT_THAT(text(client.send("k", {"SET", "k", "v"})), StartsWith("-READONLY"));
  // Its name may lead to the new primary by now: a new connection finds out.
  EXPECT_TRUE(test::wait_until([&] { return client.status().connections_lost == 1; }));
  server.probe().text({"REPLICAOF", "NO", "ONE"});
  ASSERT_TRUE(client.comes_to_serve("k"));
  EXPECT_EQ(text(client.send("k", {"SET", "k", "v"})), "OK");
}

TEST_P(ClientRefusals, AScriptThatDoesNotEnd) {
  RedisServer server = make({"--lua-time-limit", "1"});
  ClientUnderTest client(server.url(), options());
  ASSERT_TRUE(client.comes_to_serve("k"));
  const std::uint64_t epoch = client.epoch_of("k");
  ClientUnderTest guilty(server.url());
  const auto endless = guilty.start("x", {"EVAL", "while true do end", "0"}, 60s);
  test::RedisProbe probe(server.port());
  ASSERT_TRUE(test::wait_until([&] { return probe.command({"PING"}).text.starts_with("BUSY"); }));
  expect_refusal(client, "BUSY");
  probe.text({"SCRIPT", "KILL"});
  endless();
  EXPECT_EQ(client.epoch_of("k"), epoch) << "a refusal says nothing about the data";
}

TEST_P(ClientRefusals, NoMemoryIsTheCommandsProblem) {
  RedisServer server = make({"--maxmemory", "1"});
  ClientUnderTest client(server.url(), options());
  EXPECT_THAT(text(client.send("k", {"SET", "k", "v"})), StartsWith("-OOM"));
  EXPECT_TRUE(client.serves("k")) << "reads and removals go on";
}

TEST_P(ClientRefusals, AServerThatLoadsItsData) {
  RedisServer server = make({"--enable-debug-command", "yes"});
  ClientUnderTest client(server.url(), options());
  ASSERT_TRUE(client.comes_to_serve("k"));
  test::RedisProbe reloading = server.probe();
  reloading.text({"DEBUG", "POPULATE", "2000"});
  // With a pause of 5 ms after each of the 2000 keys, until the pause is taken away.
  reloading.text({"CONFIG", "SET", "key-load-delay", "5000", "loading-process-events-interval-bytes", "1024"});
  auto reload = std::async(std::launch::async, [&] { return reloading.command({"DEBUG", "RELOAD"}); });
  test::RedisProbe probe = server.probe();
  ASSERT_TRUE(test::wait_until([&] { return probe.command({"PING"}).text.starts_with("LOADING"); }));
  expect_refusal(client, "LOADING");
  probe.text({"CONFIG", "SET", "key-load-delay", "0"});
  EXPECT_EQ(reload.get().text, "OK");
}

TEST_P(ClientRefusals, EndWithTheNextAnswerAfterTheirTime) {
  RedisServer server = make({"--min-replicas-to-write", "1"});
  ClientUnderTest client(server.url());
  EXPECT_THAT(text(client.send("k", {"SET", "k", "v"})), StartsWith("-NOREPLICAS"));
  server.probe().text({"CONFIG", "SET", "min-replicas-to-write", "0"});
  ASSERT_TRUE(client.comes_to_serve("k"));
  EXPECT_EQ(text(client.send("k", {"SET", "k", "v"})), "OK");
}

}  // namespace
}  // namespace cartd::redis
