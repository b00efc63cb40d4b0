// A database that goes away, comes back, hangs, or was none, and answers that are lost.
#include "store_mongodb/mongodb_fixture.h"
#include "support/fake_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class MongodbFaults : public MongodbTest {
 protected:
  void SetUp() override {
    if (MongodbServer::kind() == MongodbServer::Kind::outside)
      GTEST_SKIP() << "NOT TESTED: nothing can be put in front of an outside server";
    MongodbTest::SetUp();
    options_.database.threads = 1;
  }

  std::int64_t version_of(const std::string& cart) const {
    const auto document = cart_document(cart);
    return document.is_null() ? 0 : document.at("version").get<std::int64_t>();
  }
};

TEST_F(MongodbFaults, ACommitWhoseAnswerIsLostIsUnknownAndKnownWhenItIsRepeated) {
  open();
  ASSERT_TRUE(add("c"));
  proxy_->hold(Proxy::Direction::to_client);
  const CommandId id = next_id();
  const auto lost = begin_add("c", id);
  ASSERT_TRUE(wait_until([this] { return version_of("c") == 2; }));
  proxy_->reset_all();
  const Result<Applied> unknown = lost();
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::outcome_unknown) << unknown.error().detail;
  ASSERT_TRUE(becomes_ready());
  EXPECT_EQ(add("c", id)->outcome.effect, Effect::duplicate);
  EXPECT_EQ(load("c")->cart.lines.at(0).quantity, 2);
}

TEST_F(MongodbFaults, ACommitThatIsCutOffBeforeTheServerHasItIsUnknownAndMadeWhenItIsRepeated) {
  open();
  ASSERT_TRUE(add("c"));
  proxy_->hold(Proxy::Direction::to_server);
  const CommandId id = next_id();
  const auto lost = begin_add("c", id);
  // The watcher's question may be held, too; the thread's own is longer.
  ASSERT_TRUE(wait_until([this] { return proxy_->held(Proxy::Direction::to_server) > 400; }));
  proxy_->reset_all();
  EXPECT_EQ(lost().error().code, Errc::outcome_unknown);
  ASSERT_TRUE(becomes_ready());
  EXPECT_EQ(add("c", id)->outcome.effect, Effect::changed);
  EXPECT_EQ(load("c")->cart.lines.at(0).quantity, 2);
}

TEST_F(MongodbFaults, WhatDoesNotAnswerIsUnknownByTheDeadlineAndWhatWaitsBehindItIsNotDone) {
  options_.database.patience = 20s;
  open();
  ASSERT_TRUE(add("c"));
  ASSERT_TRUE(add("other"));
  proxy_->hold(Proxy::Direction::to_client);
  deadline_ = 500ms;
  const auto sent = begin_add("c");
  ASSERT_TRUE(wait_until([this] { return version_of("c") == 2; }));
  const auto waiting = begin_add("other");
  EXPECT_EQ(sent().error().code, Errc::outcome_unknown);
  EXPECT_EQ(waiting().error().code, Errc::unavailable);
  proxy_->release();
  deadline_ = 20s;
  ASSERT_TRUE(becomes_ready());
  EXPECT_EQ(load("other")->cart.version, 1U);
}

TEST_F(MongodbFaults, ADatabaseThatDoesNotAnswerIsSaidAndUsedAgainAfterwards) {
  options_.database.patience = 200ms;
  open();
  ASSERT_TRUE(add("c"));
  deadline_ = 200ms;
  proxy_->stall(Proxy::Direction::to_client);
  EXPECT_FALSE(add("c"));
  EXPECT_TRUE(wait_until([this] { return !carts_->serves(cart_id("c")); }));
  EXPECT_EQ(add("c").error().code, Errc::unavailable);
  EXPECT_FALSE(check().ready);
  EXPECT_EQ(figure("up"), 0);
  proxy_->release();
  deadline_ = 20s;
  ASSERT_TRUE(becomes_ready());
  EXPECT_TRUE(wait_until([this] { return add("c").has_value(); }));
  EXPECT_EQ(figure("up"), 1);
}

TEST_F(MongodbFaults, WaitingOperationsAreBoundedInMemory) {
  options_.database.queue_bytes = 8192;
  open();
  ASSERT_TRUE(add("c"));
  proxy_->hold(Proxy::Direction::to_server);
  std::vector<std::function<Result<Applied>()>> adds;
  for (int i = 0; i < 100; ++i) adds.push_back(begin_add("cart-" + std::to_string(i)));
  // The last of them is one too many: it is answered at once.
  const Result<Applied> refused = adds.back()();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_THAT(refused.error().detail, HasSubstr("too many requests"));
  adds.pop_back();
  proxy_->release();
  int taken = 0;
  for (const auto& added : adds) taken += added() ? 1 : 0;
  EXPECT_GT(taken, 0);
  EXPECT_LT(taken, 50);
}

TEST_F(MongodbFaults, AnAnswerThatIsCutOffIsNoAnswer) {
  open();
  ASSERT_TRUE(add("c"));
  // libmongoc reads once more, and the watcher's own answer may be the one that is cut off.
  for (int i = 0; i < 20; ++i) {
    proxy_->truncate_next_reply();
    const auto loaded = load("c");
    EXPECT_EQ(loaded ? loaded->cart.version : 1U, 1U);
    EXPECT_EQ(loaded ? Errc::unavailable : loaded.error().code, Errc::unavailable);
  }
  ASSERT_TRUE(becomes_ready());
  EXPECT_EQ(load("c")->cart.version, 1U);
}

TEST_F(MongodbFaults, ADatabaseThatWasDroppedIsMadeAnew) {
  open();
  ASSERT_TRUE(add("c"));
  server_->command(database_, R"({"dropDatabase":1})");
  EXPECT_TRUE(wait_until([this] { return add("c").has_value(); }));
  EXPECT_TRUE(wait_until([this] { return find("cartd.schema").size() == 1; }));
}

// Not among them: a message that claims to have 4 GiB, at which libmongoc 1.23 ends the process.
TEST(MongodbNonsense, AServerThatIsNoDatabaseIsNeverReady) {
  for (const std::string& bytes : {std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string(1000, '\0'),
                                   std::string("\x10\0\0\0\0\0\0\0\0\0\0\0\xdd\x07\0\0", 16)}) {
    FakeServer server([&](std::size_t, std::size_t message, const std::string&) -> std::optional<std::string> {
      if (message > 3) return std::nullopt;
      return bytes;
    });
    Metrics metrics;
    MongodbStore::Options options;
    options.database.url =
        *mongodb::parse_mongodb_url("mongodb://127.0.0.1:" + std::to_string(server.port()) + "/shop");
    ReactorThread loop;
    const Policy policy;
    const SystemClock clock;
    const auto store = MongodbStore::open(options, metrics);
    ASSERT_TRUE(store);
    auto carts = std::make_unique<MongodbCartStore>(loop.executor(), **store, policy, clock, 0);
    const auto later = [] { return Deadline::clock::now() + 5s; };
    EXPECT_FALSE(loop.run(carts->check(later())).ready);
    EXPECT_EQ(loop.run(carts->load(cart_id("c"), later())).error().code, Errc::unavailable);
    loop.call([&carts] {
      carts.reset();
      return true;
    });
  }
}

/// A server of their own, which they kill and stop.
class MongodbServerFaults : public MongodbFaults {
 protected:
  void SetUp() override {
    if (MongodbServer::has_process()) server_ = &own_server();
    MongodbFaults::SetUp();
  }

  static MongodbServer& own_server() {
    static MongodbServer server;
    return server;
  }
};

TEST_F(MongodbServerFaults, AServerThatIsKilledHasEverythingWhenItIsBack) {
  options_.database.threads = 2;
  open();
  int acknowledged = 0;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) acknowledged += add("c") ? 1 : 0;
    server_->kill();
    ASSERT_FALSE(add("c"));
    // Nobody begins with what comes then, so that it is surely not done, although libmongoc still looks for a server.
    deadline_ = 300ms;
    EXPECT_EQ(add("c").error().code, Errc::unavailable);
    deadline_ = 50s;
    EXPECT_TRUE(wait_until([this] { return !check().ready; }));
    EXPECT_TRUE(wait_until([this] { return !carts_->serves(cart_id("c")); }));
    EXPECT_EQ(add("c").error().code, Errc::unavailable);
    server_->restart();
    ASSERT_TRUE(becomes_ready());
    EXPECT_EQ(load("c")->cart.lines.at(0).quantity, acknowledged);
  }
}

TEST_F(MongodbServerFaults, AServerThatHangsIsAnsweredForInTimeAndUsedAgainAfterwards) {
  options_.database.patience = 200ms;
  open();
  ASSERT_TRUE(add("c"));
  server_->freeze();
  deadline_ = 200ms;
  EXPECT_FALSE(add("c"));
  EXPECT_TRUE(wait_until([this] { return !carts_->serves(cart_id("c")); }));
  EXPECT_FALSE(check().ready);
  server_->thaw();
  deadline_ = 20s;
  ASSERT_TRUE(becomes_ready());
  EXPECT_TRUE(wait_until([this] { return add("c").has_value(); }));
}

}  // namespace
}  // namespace cartd::test
