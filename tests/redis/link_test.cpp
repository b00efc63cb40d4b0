// The link on real servers, without trouble: ways to connect, ways to enter, order and bytes.
#include "link_under_test.h"
#include "support/fake_server.h"
#include "support/free_port.h"
#include "support/proxy.h"
#include "support/redis_server.h"
#include "support/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartd::redis {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using test::RedisServer;
using test::RedisServerOptions;
using testing::HasSubstr;
using testing::Not;

class LinkTest : public testing::TestWithParam<std::string> {
 protected:
  RedisServerOptions server_options() const { return {.binary = GetParam()}; }
};

INSTANTIATE_TEST_SUITE_P(On, LinkTest, testing::ValuesIn(test::server_binaries()), [](const auto& binary) {
  std::string name = binary.param;
  std::erase(name, '-');
  return name;
});

std::string with_password(const RedisServer& server, const std::string& user) {
  return "redis://" + user + "@127.0.0.1:" + std::to_string(server.port());
}

TEST_P(LinkTest, TalksOverTcp) {
  RedisServer server(server_options());
  LinkUnderTest link(server.url());
  EXPECT_EQ(text(link.send({"SET", "k", "v"})), "OK");
  EXPECT_EQ(server.probe().text({"GET", "k"}), "v");
  EXPECT_EQ(link.state(), LinkState::up);
  EXPECT_EQ(link.last_error(), "");
}

TEST_P(LinkTest, TalksOverAUnixSocket) {
  RedisServer server(server_options());
  LinkUnderTest link("unix://" + server.socket().string() + "?db=3");
  EXPECT_EQ(text(link.send({"SET", "k", "v"})), "OK");
  test::RedisProbe probe = server.probe();
  probe.text({"SELECT", "3"});
  EXPECT_EQ(probe.text({"GET", "k"}), "v");
}

TEST_P(LinkTest, SelectsTheDatabase) {
  RedisServer server(server_options());
  LinkUnderTest link(server.url() + "/5");
  EXPECT_EQ(text(link.send({"SET", "k", "v"})), "OK");
  EXPECT_EQ(server.probe().text({"GET", "k"}), "");
}

TEST_P(LinkTest, NamesItselfToTheServer) {
  RedisServer server(server_options());
  LinkUnderTest link(server.url());
  EXPECT_EQ(text(link.send({"CLIENT", "GETNAME"})), "test");
}

TEST_P(LinkTest, SaysThatThereIsNoSuchDatabase) {
  RedisServer server(server_options());
  LinkUnderTest link(server.url() + "/9999");
  ASSERT_TRUE(link.becomes(LinkState::down));
  EXPECT_EQ(link.last_error(), "the server refused SELECT: ERR");
}

TEST_P(LinkTest, EntersWithAPassword) {
  RedisServer server({.binary = GetParam(), .password = "p@ss word"});
  LinkUnderTest link(with_password(server, ":p%40ss%20word"));
  EXPECT_EQ(text(link.send({"PING"})), "PONG");
}

TEST_P(LinkTest, EntersWithUserAndPassword) {
  RedisServer server({.binary = GetParam(), .users = {"shop on >secret ~cart:* +@all"}});
  LinkUnderTest link(with_password(server, "shop:secret"));
  EXPECT_EQ(text(link.send({"ACL", "WHOAMI"})), "shop");
}

TEST_P(LinkTest, WorksForAUserWhoMayDoNearlyNothing) {
  RedisServer server({.binary = GetParam(), .users = {"shop on >secret ~cart:* +hincrby"}});
  LinkUnderTest link(with_password(server, "shop:secret"));
  const Outcome outcome = link.send({"HINCRBY", "cart:1", "SKU", "2"});
  ASSERT_TRUE(outcome) << text(outcome);
  EXPECT_EQ(outcome->view().integer(), 2);
}

TEST_P(LinkTest, IsDownWithAWrongPasswordAndSaysSoWithoutTellingIt) {
  RedisServer server({.binary = GetParam(), .password = "right"});
  LinkUnderTest link(with_password(server, ":wr0ng"));
  ASSERT_TRUE(link.becomes(LinkState::down));
  EXPECT_EQ(link.last_error(), "the server refused the user or the password");
  EXPECT_TRUE(failed(link.send({"PING"}), Failure::Kind::not_sent));
  for (const auto& [state, why] : link.epoch()) EXPECT_THAT(why, Not(HasSubstr("wr0ng")));
}

TEST_P(LinkTest, ComesUpOnceTheServerTakesThePassword) {
  RedisServer server({.binary = GetParam(), .password = "right"});
  LinkUnderTest link(with_password(server, ":later"));
  ASSERT_TRUE(link.becomes(LinkState::down));
  server.probe().text({"CONFIG", "SET", "requirepass", "later"});
  EXPECT_TRUE(link.becomes(LinkState::up));
}

TEST_P(LinkTest, SaysThatThePasswordIsMissing) {
  RedisServer server({.binary = GetParam(), .password = "right"});
  LinkUnderTest link("redis://127.0.0.1:" + std::to_string(server.port()));
  ASSERT_TRUE(link.becomes(LinkState::down));
  EXPECT_EQ(link.last_error(), "the server requires a password");
}

TEST_P(LinkTest, SaysThatAPasswordIsTooMuch) {
  RedisServer server(server_options());
  LinkUnderTest link(with_password(server, ":secret"));
  ASSERT_TRUE(link.becomes(LinkState::down));
  EXPECT_EQ(link.last_error(), "the server has no password, but the URL gives one");
}

TEST_P(LinkTest, KeepsEveryByte) {
  RedisServer server(server_options());
  LinkUnderTest link(server.url());
  std::string bytes = "\r\n$-1\r\n\0"s;
  for (int c = 0; c < 256; ++c) bytes += static_cast<char>(c);
  EXPECT_EQ(text(link.send({"SET", bytes, bytes})), "OK");
  EXPECT_EQ(text(link.send({"GET", bytes})), bytes);
}

TEST_P(LinkTest, CarriesRequestsAndRepliesOfMegabytes) {
  RedisServer server(server_options());
  LinkUnderTest link(server.url());
  const std::string large(8 << 20, 'x');
  EXPECT_EQ(text(link.send({"SET", "k", large})), "OK");
  EXPECT_TRUE(text(link.send({"GET", "k"})) == large);
}

TEST_P(LinkTest, AnswersErrorRepliesAsReplies) {
  RedisServer server(server_options());
  LinkUnderTest link(server.url());
  const Outcome outcome = link.send({"NOSUCHCOMMAND"});
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->view().is_error());
  EXPECT_EQ(text(link.send({"PING"})), "PONG");
}

TEST_P(LinkTest, AnswersEachOfSeveralCommands) {
  RedisServer server(server_options());
  LinkUnderTest link(server.url());
  Request request;
  request.add({"SET", "k", "v"}).add({"HGET", "k", "f"}).add({"NOSUCHCOMMAND"}).add({"GET", "k"}).add({"KEYS", "*"});
  const Outcome outcome = link.send(request);
  ASSERT_TRUE(outcome);
  const ReplyView replies = outcome->view();
  ASSERT_EQ(replies.size(), 5U);
  EXPECT_EQ(replies[0].text(), "OK");
  EXPECT_TRUE(replies[1].is_error());
  EXPECT_THAT(std::string(replies[1].text()), HasSubstr("WRONGTYPE"));
  EXPECT_TRUE(replies[2].is_error());
  EXPECT_EQ(replies[3].text(), "v");
  ASSERT_EQ(replies[4].size(), 1U);
  EXPECT_EQ(replies[4][0].text(), "k");
  EXPECT_EQ(text(link.send({"GET", "k"})), "v");
}

TEST_P(LinkTest, RefusesARequestThatIsNotWhole) {
  RedisServer server(server_options());
  LinkUnderTest link(server.url());
  ASSERT_TRUE(link.becomes(LinkState::up));
  Request lacking;
  lacking.begin(3).word("SET").word("k");
  EXPECT_EQ(text(link.send(lacking)), "<not sent: the request is not whole>");
  EXPECT_EQ(text(link.send({"PING"})), "PONG");
}

TEST_P(LinkTest, MayBeDestroyedByWhoGetsAnAnswer) {
  RedisServer server(server_options());
  test::ReactorThread thread;
  auto link = std::make_unique<Link>(thread.executor(), *parse_url(server.url()), quick_options(), nullptr);
  thread.call([&] { link->start(); });
  std::atomic<int> answered = 0;
  auto ask = [](std::unique_ptr<Link>& on, std::atomic<int>& count) -> boost::asio::awaitable<void> {
    Request request{"PING"};
    const Outcome outcome = co_await on->send(std::move(request), std::chrono::steady_clock::now() + 20s);
    on.reset();
    count += outcome ? 1 : 10;
  };
  auto wait_for_failure = [](std::unique_ptr<Link>& on, std::atomic<int>& count) -> boost::asio::awaitable<void> {
    Request request{"PING"};
    const Outcome outcome = co_await on->send(std::move(request), std::chrono::steady_clock::now() + 20s);
    count += failed(outcome, Failure::Kind::outcome_unknown) || text(outcome) == "PONG" ? 100 : 1000;
  };
  thread.call([&] {
    boost::asio::co_spawn(thread.executor(), ask(link, answered), boost::asio::detached);
    boost::asio::co_spawn(thread.executor(), wait_for_failure(link, answered), boost::asio::detached);
  });
  EXPECT_TRUE(test::wait_until([&] { return answered == 101; })) << answered;
}

TEST_P(LinkTest, SendsWhatOneTurnQueuesInOneWriteAndAnswersInOrder) {
  RedisServer server(server_options());
  test::Proxy proxy(server.port());
  LinkUnderTest link("redis://127.0.0.1:" + std::to_string(proxy.port()));
  ASSERT_TRUE(link.becomes(LinkState::up));
  const std::size_t before = proxy.pieces(test::Proxy::Direction::to_server);

  constexpr int requests = 200;
  std::vector<std::int64_t> answers(requests, 0);
  auto increment = [](Link& on, std::int64_t& answer) -> boost::asio::awaitable<void> {
    Request request{"INCR", "n"};
    const Outcome outcome = co_await on.send(std::move(request), std::chrono::steady_clock::now() + 20s);
    answer = outcome ? outcome->view().integer() : -1;
  };
  link.thread().call([&] {
    for (std::int64_t& answer : answers)
      boost::asio::co_spawn(link.thread().executor(), increment(link.link(), answer), boost::asio::detached);
  });
  const auto settled = [&] {
    return link.thread().call([&] { return std::count(answers.begin(), answers.end(), 0) == 0; });
  };
  ASSERT_TRUE(test::wait_until(settled));
  for (int i = 0; i < requests; ++i) EXPECT_EQ(answers[static_cast<std::size_t>(i)], i + 1);
  EXPECT_EQ(proxy.pieces(test::Proxy::Direction::to_server) - before, 1U);
}

TEST_P(LinkTest, PingsAServerAfterIdleness) {
  RedisServer server(server_options());
  LinkOptions options = quick_options();
  options.heartbeat = 20ms;
  LinkUnderTest link(server.url(), options);
  test::RedisProbe probe = server.probe();
  // One of the handshake's, one of the probe's at the server's start, and then more.
  EXPECT_TRUE(test::wait_until([&] {
    const std::string stats = probe.text({"INFO", "commandstats"});
    const std::size_t at = stats.find("cmdstat_ping:calls=");
    return at != std::string::npos && std::atoi(stats.c_str() + at + 19) >= 6;
  }));
  EXPECT_EQ(link.times_up(), 1U);
}

TEST_P(LinkTest, FailsRequestsOnceItIsStopped) {
  RedisServer server(server_options());
  LinkUnderTest link(server.url());
  EXPECT_EQ(text(link.send({"PING"})), "PONG");
  link.stop();
  EXPECT_EQ(text(link.send({"PING"})), "<not sent: the link was stopped>");
  test::RedisProbe probe = server.probe();
  EXPECT_TRUE(test::wait_until([&] { return probe.text({"CLIENT", "LIST"}).find("name=test") == std::string::npos; }));
}

TEST_P(LinkTest, FailsWhatIsUnansweredWhenItIsStopped) {
  RedisServer server(server_options());
  LinkUnderTest link(server.url());
  ASSERT_TRUE(link.becomes(LinkState::up));
  const auto blocked = link.start({"BLPOP", "nothing", "0"});
  test::RedisProbe probe = server.probe();
  ASSERT_TRUE(test::wait_until([&] {
    return probe.text({"INFO", "clients"}).find("blocked_clients:1") != std::string::npos;
  }));
  link.stop();
  EXPECT_EQ(text(blocked()), "<unknown: the link was stopped>");
}

TEST(LinkWithoutServer, IsDownAndFailsRequestsAtOnce) {
  LinkUnderTest link("redis://127.0.0.1:" + std::to_string(test::free_port()));
  ASSERT_TRUE(link.becomes(LinkState::down));
  EXPECT_EQ(text(link.send({"PING"})), "<not sent: cannot connect: Connection refused>");
}

TEST(LinkWithoutServer, SaysWhatIsWrongWithoutAddresses) {
  const std::string port = std::to_string(test::free_port());
  for (const std::string& url :
       {"redis://:secret@127.0.0.1:" + port, "redis://:secret@localhost:" + port, "unix://:secret@/nowhere/at/all"s}) {
    LinkUnderTest link(url);
    ASSERT_TRUE(link.becomes(LinkState::down));
    EXPECT_THAT(link.last_error(),
                testing::AllOf(Not(HasSubstr("127.0.0.1")), Not(HasSubstr("localhost")), Not(HasSubstr(port)),
                               Not(HasSubstr("secret")), Not(HasSubstr("nowhere")), Not("")));
  }
}

TEST(LinkWithoutServer, HoldsRequestsUntilItIsStarted) {
  RedisServer server;
  test::ReactorThread thread;
  auto link = std::make_unique<Link>(thread.executor(), *parse_url(server.url()), quick_options(), nullptr);
  const auto patient = thread.start(link->send({"PING"}, std::chrono::steady_clock::now() + 20s));
  EXPECT_EQ(text(thread.run(link->send({"PING"}, std::chrono::steady_clock::now() + 10ms))),
            "<not sent: could not be sent in time>");
  thread.call([&] { link->start(); });
  EXPECT_EQ(text(patient()), "PONG");
  thread.call([&] { link.reset(); });
}

TEST(LinkWithoutServer, FailsAnEmptyRequest) {
  LinkUnderTest link("redis://127.0.0.1:" + std::to_string(test::free_port()));
  EXPECT_TRUE(failed(link.send({}), Failure::Kind::not_sent));
}

}  // namespace
}  // namespace cartd::redis
