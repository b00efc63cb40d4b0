// The link in trouble: servers that die, stall, freeze, lie, and networks that cut.
#include "link_under_test.h"
#include "support/fake_server.h"
#include "support/proxy.h"
#include "support/redis_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>
#include <string>
#include <vector>

namespace cartd::redis {
namespace {

using namespace std::chrono_literals;
using test::FakeServer;
using test::Proxy;
using test::RedisServer;
using testing::HasSubstr;

class LinkFaults : public testing::TestWithParam<std::string> {
 protected:
  // As a loopback address: nothing but what is between client and server matters here.
  static std::string url(std::uint16_t port) { return "redis://127.0.0.1:" + std::to_string(port); }
};

INSTANTIATE_TEST_SUITE_P(On, LinkFaults, testing::ValuesIn(test::server_binaries()), [](const auto& binary) {
  std::string name = binary.param;
  std::erase(name, '-');
  return name;
});

LinkOptions impatient_options() {
  LinkOptions options = quick_options();
  options.silence_timeout = 300ms;
  return options;
}

TEST_P(LinkFaults, ReconnectsByItselfToAServerThatWasKilled) {
  RedisServer server({.binary = GetParam()});
  LinkUnderTest link(server.url());
  ASSERT_EQ(text(link.send({"PING"})), "PONG");
  server.kill();
  ASSERT_TRUE(link.becomes(LinkState::down));
  EXPECT_TRUE(failed(link.send({"PING"}), Failure::Kind::not_sent));
  server.restart();
  ASSERT_TRUE(link.becomes(LinkState::up));
  EXPECT_EQ(text(link.send({"PING"})), "PONG");
  EXPECT_EQ(link.last_error(), "");
}

TEST_P(LinkFaults, ComesUpWhenAServerAppears) {
  RedisServer server({.binary = GetParam(), .start = false});
  LinkUnderTest link(server.url());
  ASSERT_TRUE(link.becomes(LinkState::down));
  server.restart();
  ASSERT_TRUE(link.becomes(LinkState::up));
  EXPECT_EQ(text(link.send({"PING"})), "PONG");
}

TEST_P(LinkFaults, TellsItsObserverWhatHappens) {
  RedisServer server({.binary = GetParam()});
  LinkUnderTest link(server.url());
  ASSERT_TRUE(link.becomes(LinkState::up));
  server.stop();
  ASSERT_TRUE(link.becomes(LinkState::down));
  const auto epoch = link.epoch();
  ASSERT_EQ(epoch.size(), 3U);
  EXPECT_EQ(epoch[0], (std::pair<LinkState, std::string>(LinkState::up, "")));
  EXPECT_EQ(epoch[1], (std::pair<LinkState, std::string>(LinkState::connecting, "the server closed the connection")));
  EXPECT_EQ(epoch[2], (std::pair<LinkState, std::string>(LinkState::down, "cannot connect: Connection refused")));
}

TEST_P(LinkFaults, ReportsUnknownOutcomeOfCommandsInFlightAfterAReset) {
  RedisServer server({.binary = GetParam()});
  Proxy proxy(server.port());
  LinkUnderTest link(url(proxy.port()));
  ASSERT_TRUE(link.becomes(LinkState::up));
  proxy.hold(Proxy::Direction::to_client);
  const auto first = link.start({"INCR", "n"});
  const auto second = link.start({"INCR", "n"});
  ASSERT_TRUE(test::wait_until([&] { return server.probe().text({"GET", "n"}) == "2"; }));
  proxy.reset_all();
  EXPECT_THAT(text(first()), HasSubstr("<unknown: the connection was lost"));
  EXPECT_TRUE(failed(second(), Failure::Kind::outcome_unknown));
}

TEST_P(LinkFaults, LetsRequestsWaitForTheFirstAttemptAfterALoss) {
  RedisServer server({.binary = GetParam()});
  Proxy proxy(server.port());
  LinkUnderTest link(url(proxy.port()));
  ASSERT_TRUE(link.becomes(LinkState::up));
  // The new connection is made, but its handshake gets no answer: the link stays in the attempt.
  proxy.stall(Proxy::Direction::to_client);
  proxy.reset_all();
  ASSERT_TRUE(link.becomes(LinkState::connecting));
  const auto waiting = link.start({"SET", "k", "v"});
  const auto impatient = link.start({"SET", "k", "never"}, 50ms);
  EXPECT_EQ(text(impatient()), "<not sent: could not be sent in time>");
  proxy.release();
  EXPECT_EQ(text(waiting()), "OK");
  EXPECT_EQ(server.probe().text({"GET", "k"}), "v");
}

TEST_P(LinkFaults, FailsWaitingRequestsWhenTheAttemptFails) {
  RedisServer server({.binary = GetParam()});
  Proxy proxy(server.port());
  proxy.stall(Proxy::Direction::to_client);
  LinkUnderTest link(url(proxy.port()));
  const auto waiting = link.start({"SET", "k", "v"});
  ASSERT_TRUE(test::wait_until([&] { return proxy.held(Proxy::Direction::to_client) > 0; }));
  proxy.reset_all();
  EXPECT_TRUE(failed(waiting(), Failure::Kind::not_sent));
  EXPECT_EQ(server.probe().command({"GET", "k"}).type, test::RedisValue::Type::nil);
}

TEST_P(LinkFaults, GivesAnAttemptUpAfterTheConnectTimeout) {
  RedisServer server({.binary = GetParam()});
  Proxy proxy(server.port());
  proxy.stall(Proxy::Direction::to_client);
  LinkOptions options = quick_options();
  options.connect_timeout = 50ms;
  LinkUnderTest link(url(proxy.port()), options);
  // It is connected: what it waits for is the server.
  EXPECT_EQ(text(link.send({"PING"})), "<not sent: the server does not answer>");
  EXPECT_EQ(link.last_error(), "the server does not answer");
  ASSERT_TRUE(test::wait_until([&] { return proxy.accepted() >= 3; }));
}

TEST_P(LinkFaults, CallsAStallAStallHoweverLongItLasts) {
  RedisServer server({.binary = GetParam()});
  LinkOptions options = impatient_options();
  options.connect_timeout = 100ms;
  LinkUnderTest link(server.url(), options);
  ASSERT_TRUE(link.becomes(LinkState::up));
  server.freeze();
  const auto stalled = link.start({"PING"});
  ASSERT_TRUE(link.becomes(LinkState::down));
  EXPECT_EQ(text(stalled()), "<unknown: the server does not answer>");
  // Its system goes on to take connections.
  for (const auto& [state, why] : link.epoch()) {
    EXPECT_EQ(why, state == LinkState::up ? "" : "the server does not answer");
  }
  server.thaw();
  EXPECT_TRUE(link.becomes(LinkState::up));
}

TEST_P(LinkFaults, DisconnectsFromAServerWhoseReplyIsTooSlow) {
  FakeServer::Options drip;
  drip.drip = 50ms;
  drip.messages_before_drip = 1;
  FakeServer server(
      [](std::size_t connection, std::size_t message, const std::string&) -> std::string {
        if (message == 0) return "+OK\r\n:1\r\n$-1\r\n$-1\r\n+PONG\r\n";
        return connection == 0 ? "$1000\r\n" + std::string(1000, 'x') + "\r\n" : "+\r\n";
      },
      drip);
  LinkOptions options = impatient_options();
  LinkUnderTest link(url(server.port()), options);
  // 50 seconds, if every byte gave it new time.
  EXPECT_EQ(text(link.send({"GET", "k"})), "<unknown: the server does not answer>");
  EXPECT_EQ(text(link.send({"PING"})), "");
}

TEST_P(LinkFaults, RefusesAGreetingWithoutEnd) {
  FakeServer server([](std::size_t, std::size_t, const std::string&) { return "$60000000\r\n"; });
  LinkUnderTest link(url(server.port()));
  ASSERT_TRUE(link.becomes(LinkState::down));
  EXPECT_EQ(link.last_error(), "the server announced a reply that is too large");
}

TEST_P(LinkFaults, TakesNoLargerReplyThanItsOwnerAllows) {
  RedisServer server({.binary = GetParam()});
  LinkOptions options = quick_options();
  options.most_reply_bytes = 1000;
  LinkUnderTest link(server.url(), options);
  EXPECT_EQ(text(link.send({"ECHO", std::string(900, 'x')})).size(), 900U);
  EXPECT_EQ(text(link.send({"ECHO", std::string(1001, 'x')})),
            "<unknown: the server announced a reply that is too large>");
}

// A process that gets no processor for a while must not take its own delay for the server's.
TEST_P(LinkFaults, DoesNotBlameTheServerForAStalledLoop) {
  RedisServer server({.binary = GetParam()});
  Proxy proxy(server.port());
  LinkUnderTest link(url(proxy.port()), impatient_options());
  ASSERT_TRUE(link.becomes(LinkState::up));
  proxy.hold(Proxy::Direction::to_client);
  const auto answer = link.start({"INCR", "n"}, 400ms);
  ASSERT_TRUE(test::wait_until([&] { return server.probe().text({"GET", "n"}) == "1"; }));
  // The reply lies in the socket soon; the loop stands still for longer than deadline and silence allow.
  link.thread().call([&proxy] {
    proxy.release();
    const auto end = std::chrono::steady_clock::now() + 700ms;
    while (std::chrono::steady_clock::now() < end) {
    }
    return 0;
  });
  const Outcome outcome = answer();
  ASSERT_TRUE(outcome) << text(outcome);
  EXPECT_EQ(outcome->view().integer(), 1);
  EXPECT_EQ(link.times_up(), 1U);
  EXPECT_EQ(link.state(), LinkState::up);
}

TEST_P(LinkFaults, BacksOffFromAServerThatClosesAfterEveryReply) {
  std::atomic<std::size_t> connections = 0;
  FakeServer server([&](std::size_t connection, std::size_t message, const std::string&) -> std::optional<std::string> {
    connections = connection + 1;
    if (message > 0) return std::nullopt;
    return "+OK\r\n:1\r\n$-1\r\n$-1\r\n+PONG\r\n";
  });
  LinkOptions options = quick_options();
  options.backoff_initial = 10'000ms;
  options.backoff_max = 100'000ms;
  LinkUnderTest link(url(server.port()), options);
  EXPECT_TRUE(failed(link.send({"PING"}), Failure::Kind::outcome_unknown));
  // One attempt at once, as after every first loss; then it waits.
  EXPECT_TRUE(failed(link.send({"PING"}), Failure::Kind::outcome_unknown));
  EXPECT_TRUE(link.becomes(LinkState::down));
  EXPECT_EQ(connections, 2U);
}

TEST_P(LinkFaults, KeepsTheOrderOfRepliesWhenADeadlineHasPassed) {
  RedisServer server({.binary = GetParam()});
  Proxy proxy(server.port());
  LinkUnderTest link(url(proxy.port()));
  ASSERT_TRUE(link.becomes(LinkState::up));
  proxy.hold(Proxy::Direction::to_client);
  const auto late = link.start({"ECHO", "late"}, 30ms);
  const auto patient = link.start({"ECHO", "patient"});
  EXPECT_EQ(text(late()), "<unknown: no reply in time>");
  proxy.release();
  EXPECT_EQ(text(patient()), "patient");
  EXPECT_EQ(link.times_up(), 1U);
}

TEST_P(LinkFaults, LeavesAConnectionThatHasStalled) {
  RedisServer server({.binary = GetParam()});
  Proxy proxy(server.port());
  LinkUnderTest link(url(proxy.port()), impatient_options());
  ASSERT_TRUE(link.becomes(LinkState::up));
  proxy.hold(Proxy::Direction::to_client);
  EXPECT_EQ(text(link.send({"INCR", "n"}, 20ms)), "<unknown: no reply in time>");
  // The connection before is still held: only a new one can bring this.
  ASSERT_TRUE(test::wait_until([&] { return link.times_up() == 2; }));
  EXPECT_EQ(text(link.send({"GET", "n"})), "1");
  EXPECT_EQ(link.epoch()[1].second, "the server does not answer");
}

TEST_P(LinkFaults, LeavesAServerThatIsFrozenAndComesBackWhenItGoesOn) {
  RedisServer server({.binary = GetParam()});
  LinkOptions options = impatient_options();
  options.connect_timeout = 300ms;
  options.heartbeat = 20ms;
  LinkUnderTest link(server.url(), options);
  ASSERT_TRUE(link.becomes(LinkState::up));
  server.freeze();
  // By the heartbeat alone: nobody asks anything.
  ASSERT_TRUE(link.becomes(LinkState::down));
  server.thaw();
  EXPECT_TRUE(link.becomes(LinkState::up));
}

TEST_P(LinkFaults, DoesNotKnowTheOutcomeBehindATruncatedReply) {
  RedisServer server({.binary = GetParam()});
  Proxy proxy(server.port());
  LinkUnderTest link(url(proxy.port()));
  ASSERT_TRUE(link.becomes(LinkState::up));
  proxy.truncate_next_reply();
  EXPECT_TRUE(failed(link.send({"ECHO", "a text of some length"}), Failure::Kind::outcome_unknown));
  EXPECT_EQ(text(link.send({"ECHO", "again"})), "again");
}

TEST_P(LinkFaults, WaitsBetweenConnectionsThatNeverLast) {
  // Welcomes everybody, and sends every real request away with a broken reply.
  FakeServer server([](std::size_t, std::size_t message, const std::string&) -> std::string {
    return message == 0 ? "+OK\r\n:1\r\n$-1\r\n$-1\r\n+PONG\r\n" : "?\r\n";
  });
  LinkOptions options = quick_options();
  options.backoff_initial = options.backoff_max = 10'000ms;
  LinkUnderTest link(url(server.port()), options);
  EXPECT_TRUE(failed(link.send({"PING"}), Failure::Kind::outcome_unknown));
  EXPECT_TRUE(failed(link.send({"PING"}), Failure::Kind::outcome_unknown));
  EXPECT_EQ(link.state(), LinkState::down);
}

TEST_P(LinkFaults, IsDownWhileTheServerLoadsItsData) {
  RedisServer server({.binary = GetParam(), .arguments = {"--enable-debug-command", "yes"}});
  server.probe().text({"DEBUG", "POPULATE", "2000"});
  LinkUnderTest link(server.url());
  ASSERT_TRUE(link.becomes(LinkState::up));
  const std::string id = std::to_string(link.send({"CLIENT", "ID"})->view().integer());
  // Loading anew, with a pause of 5 ms after each of the 2000 keys, until the pause is taken away.
  test::RedisProbe reloading = server.probe();
  reloading.text({"CONFIG", "SET", "key-load-delay", "5000", "loading-process-events-interval-bytes", "1024"});
  auto reload = std::async(std::launch::async, [&] { return reloading.command({"DEBUG", "RELOAD"}); });
  test::RedisProbe probe = server.probe();
  ASSERT_TRUE(test::wait_until([&] { return probe.command({"PING"}).text.starts_with("LOADING"); }));
  probe.integer({"CLIENT", "KILL", "ID", id});
  ASSERT_TRUE(link.becomes(LinkState::down));
  EXPECT_EQ(link.last_error(), "the server is loading its data");
  probe.text({"CONFIG", "SET", "key-load-delay", "0"});
  EXPECT_TRUE(link.becomes(LinkState::up));
}

// What arrives at the server only after the link has given the connection up and has come back.
struct LateBytes {
  std::string before_release;
  std::string after_release;
  bool executed;
};

LateBytes late_bytes(RedisServer& server, const std::string& user) {
  Proxy proxy(server.port());
  LinkUnderTest link("redis://" + user + "@127.0.0.1:" + std::to_string(proxy.port()), impatient_options());
  test::RedisProbe probe = server.probe();
  EXPECT_TRUE(link.becomes(LinkState::up));
  proxy.hold(Proxy::Direction::to_server);
  EXPECT_TRUE(failed(link.send({"INCR", "n"}), Failure::Kind::outcome_unknown));
  EXPECT_GT(proxy.held(Proxy::Direction::to_server), 0U);
  EXPECT_TRUE(test::wait_until([&] { return link.times_up() == 2; }));
  EXPECT_EQ(link.send({"INCR", "n"})->view().integer(), 1);

  LateBytes result;
  result.before_release = probe.text({"GET", "n"});
  const std::size_t pieces = proxy.pieces(Proxy::Direction::to_server);
  proxy.release();
  EXPECT_TRUE(test::wait_until([&] { return proxy.pieces(Proxy::Direction::to_server) > pieces; }));
  // The server's side of the old connection ends after its last command, if it has not ended before.
  EXPECT_TRUE(test::wait_until([&] {
    const std::string clients = probe.text({"CLIENT", "LIST"});
    const std::size_t first = clients.find("name=test");
    return first != std::string::npos && clients.find("name=test", first + 1) == std::string::npos;
  }));
  result.after_release = probe.text({"GET", "n"});
  result.executed = result.after_release != result.before_release;
  return result;
}

TEST_P(LinkFaults, FencesTheOldConnectionAgainstLateBytes) {
  RedisServer server({.binary = GetParam(), .users = {"shop on >secret ~* +@all"}});
  const LateBytes result = late_bytes(server, "shop:secret");
  EXPECT_EQ(result.before_release, "1");
  EXPECT_FALSE(result.executed);
}

TEST_P(LinkFaults, ExecutesLateBytesWhereFencingIsNotPermitted) {
  RedisServer server({.binary = GetParam(), .users = {"shop on >secret ~* +@all -client|kill"}});
  const LateBytes result = late_bytes(server, "shop:secret");
  EXPECT_EQ(result.before_release, "1");
  EXPECT_EQ(result.after_release, "2");
}

TEST_P(LinkFaults, NeverFencesAClientOfAnotherServerProcess) {
  RedisServer server({.binary = GetParam()});
  LinkUnderTest link(server.url());
  ASSERT_TRUE(link.becomes(LinkState::up));
  server.kill();
  ASSERT_TRUE(link.becomes(LinkState::down));
  server.restart();
  ASSERT_TRUE(link.becomes(LinkState::up));
  EXPECT_THAT(server.probe().text({"INFO", "commandstats"}), testing::Not(HasSubstr("cmdstat_client|kill")));
}

TEST_P(LinkFaults, SurvivesAServerThatSpeaksNonsense) {
  const std::vector<std::string> nonsense = {"HTTP/1.1 400 Bad Request\r\n\r\n",
                                             std::string("\0\0\0\0", 4),
                                             "$99999999999999999999\r\n",
                                             "*2147483647\r\n",
                                             "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
                                             "+PONG\r\n+one too many\r\n",
                                             "$-7\r\n"};
  for (const std::string& reply : nonsense) {
    FakeServer server([reply](std::size_t connection, std::size_t message, const std::string&) -> std::string {
      if (message == 0) return "+OK\r\n:1\r\n$-1\r\n$-1\r\n+PONG\r\n";
      return connection == 0 ? reply : "+PONG\r\n";
    });
    LinkUnderTest link(url(server.port()));
    const std::string first = text(link.send({"PING"}));
    EXPECT_TRUE(first == "PONG" || first.starts_with("<unknown: the server")) << first;
    ASSERT_TRUE(test::wait_until([&] { return link.times_up() == 2; })) << reply;
    EXPECT_EQ(text(link.send({"PING"})), "PONG");
  }
}

TEST_P(LinkFaults, IsDownBeforeAServerThatGreetsWithNonsense) {
  for (const std::string greeting :
       {"HTTP/1.1 400 Bad Request\r\n\r\n", "+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n", "*-3\r\n"}) {
    FakeServer server([greeting](std::size_t, std::size_t, const std::string&) { return greeting; });
    LinkUnderTest link(url(server.port()));
    ASSERT_TRUE(link.becomes(LinkState::down)) << greeting;
    EXPECT_NE(link.last_error(), "");
  }
}

TEST_P(LinkFaults, UsesAServerThatRefusesTheWholeGreeting) {
  FakeServer server([](std::size_t, std::size_t message, const std::string&) {
    return std::string(message == 0 ? "-\r\n-\r\n-\r\n-\r\n-\r\n" : "+OK\r\n");
  });
  LinkUnderTest link(url(server.port()));
  EXPECT_EQ(text(link.send({"SET", "k", "v"})), "OK");
}

TEST_P(LinkFaults, TellsTheTruthUnderRandomFaults) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    RedisServer server({.binary = GetParam()});
    Proxy proxy(server.port());
    LinkOptions options = quick_options();
    options.connect_timeout = options.silence_timeout = 100ms;
    LinkUnderTest link(url(proxy.port()), options);
    ASSERT_TRUE(link.becomes(LinkState::up));
    proxy.start_faults(seed, 15ms);

    std::vector<std::string> done;
    std::vector<std::string> not_done;
    std::size_t unknown = 0;
    constexpr std::size_t enough_faults = 60;
    for (std::size_t i = 0; proxy.faults() < enough_faults; ++i) {
      std::vector<std::string> keys;
      std::vector<std::function<Outcome()>> answers;
      for (std::size_t k = 0; k < 10; ++k) {
        keys.push_back("k" + std::to_string(10 * i + k));
        answers.push_back(link.start({"INCR", keys.back()}, 60ms));
      }
      for (std::size_t k = 0; k < keys.size(); ++k) {
        const Outcome outcome = answers[k]();
        if (outcome) {
          ASSERT_EQ(outcome->view().integer(), 1) << keys[k];
          done.push_back(keys[k]);
        } else if (outcome.error().kind == Failure::Kind::not_sent) {
          not_done.push_back(keys[k]);
        } else {
          ++unknown;
        }
      }
    }
    proxy.calm();
    // The last reset may still be on its way to a link that is up.
    EXPECT_TRUE(test::wait_until([&] { return text(link.send({"ECHO", "well again"})) == "well again"; }));
    test::RedisProbe probe = server.probe();
    // The schedule did its work: each of the three ways to end was taken.
    ASSERT_GT(done.size(), 0U);
    ASSERT_GT(not_done.size(), 0U);
    ASSERT_GT(unknown, 0U);
    done.insert(done.begin(), "MGET");
    for (const test::RedisValue& value : probe.command(done).elements) EXPECT_EQ(value.text, "1");
    not_done.insert(not_done.begin(), "EXISTS");
    EXPECT_EQ(probe.integer(not_done), 0);
    EXPECT_GT(link.times_up(), 3U);
  }
}

}  // namespace
}  // namespace cartd::redis
