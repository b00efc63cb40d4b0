// A database that goes away, comes back, hangs, or was none, and answers that are lost.
#include "store_postgres/postgres_fixture.h"
#include "support/fake_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

using PostgresFaults = PostgresTest;

TEST_F(PostgresFaults, ACommitWhoseAnswerIsLostIsUnknownAndKnownWhenItIsRepeated) {
  options_.database.sessions = 1;
  open();
  ASSERT_TRUE(add("c"));
  proxy_.hold(Proxy::Direction::to_client);
  const CommandId id = next_id();
  const auto lost = loop_.start(apply(cart_id("c"), add_one(), id));
  ASSERT_TRUE(wait_until([this] { return value("SELECT version FROM cartd.carts") == "2"; }));
  proxy_.reset_all();
  const Result<Applied> unknown = lost();
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::outcome_unknown);
  ASSERT_TRUE(becomes_ready());
  EXPECT_EQ(add("c", id)->outcome.effect, Effect::duplicate);
  EXPECT_EQ(load("c")->cart.lines.at(0).quantity, 2);
}

TEST_F(PostgresFaults, ACommitThatIsCutOffBeforeTheServerHasItIsUnknownAndMadeWhenItIsRepeated) {
  options_.database.sessions = 1;
  open();
  ASSERT_TRUE(add("c"));
  proxy_.hold(Proxy::Direction::to_server);
  const CommandId id = next_id();
  const auto lost = loop_.start(apply(cart_id("c"), add_one(), id));
  ASSERT_TRUE(wait_until([this] { return proxy_.held(Proxy::Direction::to_server) > 0; }));
  proxy_.reset_all();
  EXPECT_EQ(lost().error().code, Errc::outcome_unknown);
  ASSERT_TRUE(becomes_ready());
  EXPECT_EQ(add("c", id)->outcome.effect, Effect::changed);
}

TEST_F(PostgresFaults, WhatDoesNotAnswerIsUnknownByTheDeadlineAndWhatWaitsBehindItIsNotDone) {
  options_.database.sessions = 1;
  options_.database.patience = 5s;
  open();
  ASSERT_TRUE(add("c"));
  ASSERT_TRUE(add("other"));
  proxy_.hold(Proxy::Direction::to_client);
  deadline_ = 300ms;
  const auto sent = begin_add("c");
  ASSERT_TRUE(wait_until([this] { return value("SELECT version FROM cartd.carts WHERE id = 'c'") == "2"; }));
  const auto waiting = begin_add("other");
  EXPECT_EQ(sent().error().code, Errc::outcome_unknown);
  EXPECT_EQ(waiting().error().code, Errc::unavailable);
  proxy_.release();
  deadline_ = 20s;
  ASSERT_TRUE(becomes_ready());
  EXPECT_EQ(load("other")->cart.version, 1U);
}

TEST_F(PostgresFaults, ASessionThatDoesNotAnswerIsReplaced) {
  options_.database.patience = 200ms;
  open();
  ASSERT_TRUE(add("c"));
  deadline_ = 200ms;
  proxy_.hold(Proxy::Direction::to_client);
  EXPECT_FALSE(add("c"));
  deadline_ = 20s;
  ASSERT_TRUE(becomes_ready());
  EXPECT_TRUE(wait_until([this] { return add("c").has_value(); }));
}

TEST_F(PostgresFaults, WaitingStatementsAreBoundedInMemory) {
  options_.database.sessions = 1;
  options_.database.queue_bytes = 4096;
  open();
  ASSERT_TRUE(add("c"));
  proxy_.hold(Proxy::Direction::to_server);
  std::vector<std::function<Result<Applied>()>> adds;
  for (int i = 0; i < 100; ++i) adds.push_back(begin_add("cart-" + std::to_string(i)));
  // The last of them is one too many: it is answered at once.
  const Result<Applied> refused = adds.back()();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_THAT(refused.error().detail, HasSubstr("too many requests"));
  adds.pop_back();
  proxy_.release();
  int taken = 0;
  for (const auto& added : adds) taken += added() ? 1 : 0;
  EXPECT_GT(taken, 0);
  EXPECT_LT(taken, 50);
}

TEST_F(PostgresFaults, AnAnswerThatIsCutOffIsNoAnswer) {
  options_.database.sessions = 1;
  open();
  ASSERT_TRUE(add("c"));
  proxy_.truncate_next_reply();
  const auto loaded = load("c");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Errc::unavailable);
  ASSERT_TRUE(becomes_ready());
  EXPECT_EQ(load("c")->cart.version, 1U);
}

TEST_F(PostgresFaults, ASessionThatTheServerEndsWhileItIsIdleCostsNoAnswer) {
  open();
  for (int i = 1; i <= 5; ++i) {
    EXPECT_EQ(add("c")->cart.version, static_cast<std::uint64_t>(i));
    ASSERT_TRUE(wait_until([this] { return figure("sessions") == 2; }));
    const double lost = figure("connection_failures_total");
    query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + database_ +
          "' AND pid <> pg_backend_pid()");
    ASSERT_TRUE(wait_until([&] { return figure("connection_failures_total") >= lost + 2; }));
  }
}

TEST_F(PostgresFaults, TablesThatAreGoneAreSaidAndMadeAnew) {
  open();
  ASSERT_TRUE(add("c"));
  query("DROP SCHEMA cartd CASCADE");
  const Result<Applied> refused = add("c");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_TRUE(wait_until([this] { return add("c").has_value(); }));
}

TEST(PostgresNonsense, AServerThatIsNoDatabaseIsNeverReady) {
  for (const std::string& bytes : {std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string(1000, '\xff'),
                                   std::string("N"), std::string("R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I", 15)}) {
    FakeServer server([&](std::size_t, std::size_t message, const std::string&) -> std::optional<std::string> {
      if (message > 3) return std::nullopt;
      return bytes;
    });
    Metrics metrics;
    PostgresStore::Options options;
    options.database.url = *postgres::parse_database_url("postgresql://u@127.0.0.1:" + std::to_string(server.port()) +
                                                         "/shop?connect_timeout=2");
    ReactorThread loop;
    const Policy policy;
    const SystemClock clock;
    const auto store = PostgresStore::open(options, metrics);
    ASSERT_TRUE(store);
    auto carts = std::make_unique<PostgresCartStore>(loop.executor(), **store, policy, clock, 0);
    const auto soon = [] { return Deadline::clock::now() + 5s; };
    EXPECT_FALSE(loop.run(carts->check(soon())).ready);
    EXPECT_EQ(loop.run(carts->load(cart_id("c"), soon())).error().code, Errc::unavailable);
    loop.call([&carts] {
      carts.reset();
      return true;
    });
  }
}

/// A server of their own, which they kill and stop.
class PostgresServerFaults : public PostgresTest {
 protected:
  PostgresServerFaults() : PostgresTest(own_server()) {}

  static PostgresServer& own_server() {
    static PostgresServer server;
    return server;
  }
};

TEST_F(PostgresServerFaults, AServerThatIsKilledHasEverythingWhenItIsBack) {
  open();
  int acknowledged = 0;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) acknowledged += add("c") ? 1 : 0;
    server_.kill();
    const Result<Applied> refused = add("c");
    ASSERT_FALSE(refused);
    EXPECT_TRUE(wait_until([this] { return !check().ready; }));
    EXPECT_TRUE(wait_until([this] { return !carts_->serves(cart_id("c")); }));
    EXPECT_EQ(add("c").error().code, Errc::unavailable);
    server_.restart();
    ASSERT_TRUE(becomes_ready());
    const auto quantity = load("c")->cart.lines.at(0).quantity;
    EXPECT_EQ(quantity, acknowledged) << "the add that was refused was not sent, or lost with its connection";
  }
}

TEST_F(PostgresServerFaults, AServerThatHangsIsAnsweredForInTimeAndUsedAgainAfterwards) {
  options_.database.patience = 200ms;
  open();
  ASSERT_TRUE(add("c"));
  server_.freeze();
  deadline_ = 200ms;
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_FALSE(add("c"));
  EXPECT_TRUE(wait_until([this] { return !carts_->serves(cart_id("c")); }));
  EXPECT_EQ(check().detail, "the database does not answer");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
  server_.thaw();
  deadline_ = 20s;
  ASSERT_TRUE(becomes_ready());
  EXPECT_TRUE(wait_until([this] { return add("c").has_value(); }));
}

}  // namespace
}  // namespace cartd::test
