// The client among servers that lie: whatever they say, it stays within bounds, and believes what is there afterwards.
#include "client_under_test.h"
#include "redis/repetition.h"
#include "redis/topology/routes.h"
#include "redis/topology/sentinels.h"
#include "redis/topology/slots.h"
#include "replies.h"
#include "runtime/spawn.h"
#include "support/fake_redis.h"
#include "support/reactor_thread.h"
#include "support/redis_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cartd::redis {
namespace {

using namespace std::chrono_literals;
using test::FakeRedis;
using Command = FakeRedis::Command;
using testing::HasSubstr;
using testing::StartsWith;

const std::string cluster_info = bulk_bytes("cluster_state:ok\r\ncluster_current_epoch:1\r\n");

std::string range_bytes(std::size_t first, std::size_t last, const std::string& host, std::size_t port) {
  const auto number = [](std::size_t value) { return integer_bytes(static_cast<std::int64_t>(value)); };
  return array_bytes({number(first), number(last), array_bytes({bulk_bytes(host), number(port), bulk_bytes("id")})});
}

/// A node that owns every slot, and answers other commands by `answer`.
FakeRedis::Answer node(std::function<std::uint16_t()> port, FakeRedis::Answer answer) {
  return [port, answer](const Command& command) -> std::optional<std::string> {
    if (command.front() == "CONFIG") return "-NOPERM\r\n";
    if (command.front() != "CLUSTER") return answer(command);
    if (command.at(1) == "INFO") return cluster_info;
    return array_bytes({range_bytes(0, slot_count - 1, "127.0.0.1", port())});
  };
}

std::string cluster_url(const FakeRedis& node) { return "redis+cluster://" + node.address(); }
std::string moved_to(std::uint16_t port, std::size_t slot) {
  return "-MOVED " + std::to_string(slot) + " 127.0.0.1:" + std::to_string(port) + "\r\n";
}

// Two nodes that send every command to each other.
struct Circle {
  explicit Circle(std::string error = "MOVED") {
    const auto to = [error = std::move(error), this](std::size_t other) {
      return node([this, other] { return port[1 - other].load(); },
                  [error, this, other](const Command& command) -> std::optional<std::string> {
                    const std::string key = command.size() > 1 ? command[1] : "k";
                    if (command.front() == "ASKING") return "+OK\r\n";
                    return "-" + error + " " + std::to_string(key_slot(key)) +
                           " 127.0.0.1:" + std::to_string(port[other]) + "\r\n";
                  });
    };
    for (std::size_t i : {0U, 1U}) {
      nodes.push_back(std::make_unique<FakeRedis>(to(1 - i), FakeRedis::Options{.mode = "cluster"}));
      port[i] = nodes.back()->port();
    }
  }
  std::size_t commands() const { return nodes[0]->commands() + nodes[1]->commands(); }

  std::array<std::atomic<std::uint16_t>, 2> port{};
  std::vector<std::unique_ptr<FakeRedis>> nodes{};
};

class Circles : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Of, Circles, testing::Values("MOVED", "ASK"));

TEST_P(Circles, EndAfterAFewRedirects) {
  Circle circle(GetParam());
  ClientUnderTest client(cluster_url(*circle.nodes[0]));
  ASSERT_TRUE(client.comes_to_serve("k"));
  EXPECT_EQ(text(client.send("k", {"GET", "k"}, 60s)), "<not sent: the servers keep redirecting the command>");
  const RedirectCounts counts = client.status().redirects;
  EXPECT_EQ(counts.moved + counts.ask, Repetition::most + 1);
}

TEST_P(Circles, KeepFurtherCommandsAway) {
  Circle circle(GetParam());
  ClientUnderTest client(cluster_url(*circle.nodes[0]));
  ASSERT_TRUE(client.comes_to_serve("k"));
  ASSERT_TRUE(test::wait_until([&] {
    client.send("k", {"GET", "k"}, 100ms);
    return client.last_error("k") == "the servers keep redirecting the command";
  }));
  // Each of these is turned away at once, or makes the time longer in which the next ones are.
  const auto end = std::chrono::steady_clock::now() + 2s;
  while (std::chrono::steady_clock::now() < end) EXPECT_TRUE(client.send("k", {"GET", "k"}, 100ms).has_error());
  // Four or five of them went out, ten times each at most.
  const RedirectCounts counts = client.status().redirects;
  EXPECT_LE(counts.moved + counts.ask, 50U);
}

TEST_P(Circles, KeepTheirPausesThoughManyCommandsAreInThem) {
  Circle circle(GetParam());
  ClientUnderTest client(cluster_url(*circle.nodes[0]));
  ASSERT_TRUE(client.comes_to_serve("k"));
  constexpr std::size_t requests = 30;
  std::vector<std::function<Answered()>> answers;
  for (std::size_t i = 0; i < requests; ++i) {
    const std::string key = "k" + std::to_string(i);
    answers.push_back(client.start(key, {"GET", key}, 300ms));
  }
  for (const auto& answer : answers) EXPECT_TRUE(answer().has_error());
  // Five at once, and three or four with pauses of 20, 40, 80 and 160 ms between them.
  const RedirectCounts counts = client.status().redirects;
  EXPECT_LE(counts.moved + counts.ask, requests * 10);
}

TEST(HostileServers, ThatSendACommandToThemselvesAreLeftAfterAFewTimes) {
  for (const std::string error : {"MOVED", "ASK"}) {
    std::atomic<std::uint16_t> port = 0;
    FakeRedis server(node([&] { return port.load(); },
                          [&](const Command& command) -> std::optional<std::string> {
                            if (command.front() == "ASKING") return "+OK\r\n";
                            return "-" + error + " " + std::to_string(key_slot("k")) +
                                   " 127.0.0.1:" + std::to_string(port) + "\r\n";
                          }),
                     {.mode = "cluster"});
    port = server.port();
    ClientUnderTest client(cluster_url(server));
    ASSERT_TRUE(client.comes_to_serve("k"));
    EXPECT_EQ(text(client.send("k", {"GET", "k"}, 60s)), "<not sent: the servers keep redirecting the command>");
  }
}

TEST(HostileServers, ThatAlwaysAskForLaterAreLeftAfterSomeTime) {
  std::atomic<std::uint16_t> port = 0;
  FakeRedis server(node([&] { return port.load(); }, [](const Command&) { return "-TRYAGAIN\r\n"; }),
                   {.mode = "cluster"});
  port = server.port();
  ClientUnderTest client(cluster_url(server));
  ASSERT_TRUE(client.comes_to_serve("k"));
  EXPECT_EQ(text(client.send("k", {"GET", "k"}, 60s)), "<not sent: the server keeps asking to try later>");
  EXPECT_EQ(client.status().redirects.try_again, Repetition::most + 1);
}

// A name under which nothing listens, another one each time.
std::string made_up(std::size_t number) {
  return "127." + std::to_string(1 + number / 65536 % 200) + "." + std::to_string(number / 256 % 256) + "." +
         std::to_string(number % 256);
}

TEST(HostileServers, ThatNameMadeUpServersByRedirectsLeadToFewConnections) {
  std::atomic<std::uint16_t> port = 0;
  std::atomic<std::size_t> number = 0;
  FakeRedis server(node([&] { return port.load(); },
                        [&](const Command& command) {
                          return "-MOVED " + std::to_string(key_slot(command.at(1))) + " " + made_up(++number) +
                                 ":1\r\n";
                        }),
                   {.mode = "cluster"});
  port = server.port();
  ClientOptions options = quick_client_options();
  options.cluster_interval = options.discovery_gap = 10min;
  ClientUnderTest client(cluster_url(server), options);
  ASSERT_TRUE(client.comes_to_serve("k"));
  std::vector<std::function<Answered()>> answers;
  for (int i = 0; i < 200; ++i) {
    const std::string key = "k" + std::to_string(i);
    answers.push_back(client.start(key, {"GET", key}, 300ms));
  }
  for (const auto& answer : answers) EXPECT_TRUE(answer().has_error());
  EXPECT_LE(client.status().primaries.size(), 1 + Routes::most_strangers);
}

TEST(HostileServers, ThatNameThousandsOfServersLeadToFewConnections) {
  constexpr std::size_t owners = 1000;
  // Once: it would take too long for each answer under a sanitizer.
  std::vector<std::string> ranges;
  for (std::size_t slot = 0; slot < slot_count; ++slot)
    ranges.push_back(range_bytes(slot, slot, made_up(slot % owners), 1));
  const std::string map = array_bytes(ranges);
  const auto answer = [&](const Command& command) -> std::optional<std::string> {
    if (command.front() == "CONFIG") return "-NOPERM\r\n";
    if (command.front() != "CLUSTER") return "+OK\r\n";
    return command.at(1) == "INFO" ? cluster_info : map;
  };
  FakeRedis seed(answer, {.mode = "cluster"});
  ClientOptions options = quick_client_options();
  options.discovery_timeout = std::chrono::seconds(20);
  options.link.silence_timeout = std::chrono::seconds(20);
  ClientUnderTest client(cluster_url(seed), options);
  ASSERT_TRUE(test::wait_until([&] { return client.status().primaries.size() == owners; }));
  const auto connecting = [&] {
    std::size_t count = 0;
    for (const PrimaryStatus& primary : client.status().primaries) count += primary.why.empty() ? 0U : 1U;
    return count;
  };
  EXPECT_TRUE(test::wait_until([&] { return connecting() == Routes::most_eager; }));
  // What is sent to a further one connects it.
  std::size_t further = 0;
  while (key_slot("k" + std::to_string(further)) % owners < Routes::most_eager) ++further;
  const std::string key = "k" + std::to_string(further);
  EXPECT_TRUE(client.serves(key)) << "nothing is known against it";
  EXPECT_LE(client.keys().size(), Routes::most_eager) << "who looks at each primary connects to no further ones";
  EXPECT_THAT(text(client.send(key, {"GET", key})), StartsWith("<not sent: cannot connect"));
  EXPECT_FALSE(client.serves(key));
}

TEST(HostileServers, ThatNameMoreServersThanThereMayBeAreNotBelieved) {
  std::vector<std::string> ranges;
  for (std::size_t slot = 0; slot < slot_count; ++slot) ranges.push_back(range_bytes(slot, slot, made_up(slot), 1));
  const std::string map = array_bytes(ranges);
  const auto answer = [&](const Command& command) -> std::optional<std::string> {
    if (command.front() == "CONFIG") return "-NOPERM\r\n";
    return command.at(1) == "INFO" ? cluster_info : map;
  };
  FakeRedis seed(answer, {.mode = "cluster"});
  ClientOptions options = quick_client_options();
  options.discovery_timeout = std::chrono::seconds(20);
  options.link.silence_timeout = std::chrono::seconds(20);
  ClientUnderTest client(cluster_url(seed), options);
  EXPECT_TRUE(test::wait_until([&] { return client.last_error("k") == "the slot map has too many servers"; }));
}

TEST(HostileServers, ThatNameOthersAtEveryLookAreAskedLessAndLessOften) {
  std::atomic<std::size_t> looks = 0;
  const auto answer = [&](const Command& command) -> std::optional<std::string> {
    if (command.front() == "CONFIG") return "-NOPERM\r\n";
    if (command.at(1) == "INFO") return cluster_info;
    return array_bytes({range_bytes(0, slot_count - 1, made_up(++looks), 1)});
  };
  FakeRedis seed(answer, {.mode = "cluster"});
  ClientOptions options = quick_client_options();
  options.discovery_gap = 50ms;
  const auto begin = std::chrono::steady_clock::now();
  ClientUnderTest client(cluster_url(seed), options);
  ASSERT_TRUE(test::wait_until([&] { return looks >= 6; }));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 50ms + 100ms + 200ms + 400ms) << "the pauses between them double";
}

// --- One MOVED makes no Cluster
// ------------------------------------------------------------------------------------------

TEST(HostileServers, ThatSayMovedAreNoClusterForThat) {
  for (const std::string mode : {"standalone", ""}) {
    std::atomic<std::uint16_t> port = 0;
    std::atomic<std::size_t> asked = 0;
    auto server = std::make_unique<FakeRedis>(
        [&](const Command& command) {
          if (command.front() != "CLUSTER") return moved_to(port, 1);
          ++asked;
          return std::string("-ERR This instance has cluster support disabled\r\n");
        },
        FakeRedis::Options{.mode = mode});
    port = server->port();
    ClientUnderTest client("redis://" + server->address());
    ASSERT_TRUE(client.comes_to_serve("k"));
    EXPECT_THAT(text(client.send("k", {"SET", "k", "v"})), StartsWith("-MOVED"));
    EXPECT_EQ(client.status().topology, Topology::standalone);
    EXPECT_FALSE(client.found_cluster());
    EXPECT_TRUE(test::wait_until([&] {
      return text(client.send("k", {"SET", "k", "v"})) == "<not sent: the servers keep redirecting the command>";
    }));
    EXPECT_LE(asked, 2U) << "not at every MOVED";
    server.reset();
    test::RedisServer real({.port = port});
    ASSERT_TRUE(client.comes_to_serve("k"));
    EXPECT_EQ(text(client.send("k", {"SET", "k", "v"})), "OK");
  }
}

TEST(HostileServers, ThatWereAClusterMayBeNoneAfterwards) {
  for (const std::string mode : {"cluster", ""}) {
    std::atomic<std::uint16_t> port = 0;
    auto server = std::make_unique<FakeRedis>(node([&] { return port.load(); },
                                                   [&, first = true](const Command&) mutable {
                                                     return std::exchange(first, false) ? moved_to(port, 1)
                                                                                        : std::string("+OK\r\n");
                                                   }),
                                              FakeRedis::Options{.mode = mode});
    port = server->port();
    ClientUnderTest client("redis://" + server->address());
    ASSERT_TRUE(client.comes_to_serve("k"));
    EXPECT_EQ(text(client.send("k", {"SET", "k", "v"})), "OK");
    ASSERT_TRUE(client.found_cluster());
    EXPECT_EQ(client.status().topology, Topology::cluster);
    server.reset();
    test::RedisServer real({.port = port});
    ASSERT_TRUE(test::wait_until([&] { return client.status().topology == Topology::standalone; }));
    ASSERT_TRUE(client.comes_to_serve("k"));
    EXPECT_EQ(text(client.send("k", {"SET", "k", "v"})), "OK");
  }
}

TEST(HostileServers, AreFollowedWhenAStandaloneServerTakesTheirPlace) {
  std::atomic<std::uint16_t> port = 0;
  auto server = std::make_unique<FakeRedis>(node([&] { return port.load(); }, [](const Command&) { return "+OK\r\n"; }),
                                            FakeRedis::Options{.mode = "cluster"});
  port = server->port();
  ClientUnderTest client("redis://localhost:" + std::to_string(port));
  EXPECT_EQ(text(client.send("k", {"SET", "k", "v"})), "OK");
  EXPECT_EQ(client.status().topology, Topology::cluster);
  server.reset();
  test::RedisServer real({.port = port});
  ASSERT_TRUE(test::wait_until([&] { return client.status().topology == Topology::standalone; }));
  EXPECT_TRUE(client.comes_to_serve("k"));
}

// --- Sentinels
// -----------------------------------------------------------------------------------------------------------

TEST(HostileSentinels, ThatKeepNamingOtherPrimariesAreAskedLessOften) {
  std::atomic<std::size_t> questions = 0;
  const std::string id(40, 'c');
  FakeRedis sentinel(
      [&](const Command& command) -> std::optional<std::string> {
        if (command.at(1) == "MASTER") return list_bytes({"config-epoch", "1"});
        if (command.at(1) == "GET-MASTER-ADDR-BY-NAME") return list_bytes({made_up(++questions), "1"});
        if (command.at(1) == "SENTINELS") return array_bytes({});
        return bulk_bytes(id);
      },
      {.mode = "sentinel"});
  ClientOptions options = quick_client_options();
  options.discovery_gap = 50ms;
  const auto begin = std::chrono::steady_clock::now();
  ClientUnderTest client("redis+sentinel://" + sentinel.address() + "/carts", options);
  ASSERT_TRUE(test::wait_until([&] { return questions >= 6; }));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 50ms + 100ms + 200ms + 400ms);
}

TEST(HostileSentinels, ThatDoNotAnswerKeepNoCallerWhenTheLoopEnds) {
  std::atomic<bool> asked = false;
  FakeRedis silent(
      [&](const Command&) -> std::optional<std::string> {
        asked = true;
        return std::nullopt;
      },
      {.mode = "sentinel"});
  const auto held = std::make_shared<int>();
  {
    test::ReactorThread thread;
    Sentinels sentinels(thread.executor(), *parse_deployment("redis+sentinel://" + silent.address() + "/carts"),
                        quick_client_options());
    const auto find = [&](std::shared_ptr<int>) -> boost::asio::awaitable<void> { (void)co_await sentinels.find(); };
    thread.call([&] {
      sentinels.start();
      spawn(thread.executor(), "asking a silent Sentinel", find(held));
    });
    ASSERT_TRUE(test::wait_until([&] { return asked.load(); }));
    thread.stop();
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(HostileSentinels, ThatTellOfOthersWithoutEndAreNotBelievedWithoutEnd) {
  std::atomic<std::size_t> told = 0;
  const auto fresh_id = [&] {
    const std::string digits = std::to_string(++told);
    return std::string(40 - digits.size(), '0') + digits;
  };
  FakeRedis sentinel(
      [&](const Command& command) -> std::optional<std::string> {
        if (command.at(1) == "MASTER") return list_bytes({"config-epoch", "1"});
        if (command.at(1) == "GET-MASTER-ADDR-BY-NAME") return list_bytes({"127.0.0.1", "1"});
        if (command.at(1) == "MYID") return bulk_bytes(std::string(40, 'c'));
        std::vector<std::string> others;
        for (int i = 0; i < 60; ++i)
          others.push_back(list_bytes({"ip", made_up(told), "port", "1", "runid", fresh_id()}));
        return array_bytes(others);
      },
      {.mode = "sentinel"});
  ClientUnderTest client("redis+sentinel://" + sentinel.address() + "/carts");
  ASSERT_TRUE(test::wait_until([&] { return told >= 60 * 4; }));
  EXPECT_LE(client.status().sentinels_known, 64U);
}

}  // namespace
}  // namespace cartd::redis
