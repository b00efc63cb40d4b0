// What the PostgreSQL store does beyond what every store must.
#include "store_postgres/postgres_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST_F(PostgresTest, ARowThatCannotBeDecodedIsCorruptAndStaysAsItIs) {
  open();
  ASSERT_TRUE(add("good"));
  const char* const damages[] = {"layout = 3",
                                 "kind = 'Saved'",
                                 "lines = '[1]'",
                                 "lines = '{}'",
                                 R"(lines = '[{"sku":"A","quantity":1.5}]')",
                                 R"(lines = lines || lines)",
                                 "replay = '\\x00'",
                                 "replay = ''",
                                 "owner = 'no id'",
                                 "version = -1",
                                 "token = 0",
                                 "metadata = '[]'",
                                 "expires_at = 'infinity'",
                                 "updated_at = '-infinity'",
                                 "forget_at = '20000-01-01'"};
  for (const char* damage : damages) {
    ASSERT_TRUE(add("bad")) << damage;
    query(std::string("UPDATE cartd.carts SET ") + damage + " WHERE id = 'bad'");
    const std::string before = value("SELECT carts::text FROM cartd.carts WHERE id = 'bad'");
    open();
    const Result<CartRecord> loaded = load("bad");
    ASSERT_FALSE(loaded) << damage;
    EXPECT_EQ(loaded.error().code, Errc::corrupt) << damage;
    EXPECT_EQ(add("bad").error().code, Errc::corrupt) << damage;
    EXPECT_EQ(value("SELECT carts::text FROM cartd.carts WHERE id = 'bad'"), before) << damage;
    EXPECT_TRUE(add("good")) << damage;
    const CartPage page = loop_.run(carts_->scan({"", 500, 1 << 20, soon()})).value();
    ASSERT_EQ(page.carts.size(), 1U) << damage;
    ASSERT_EQ(page.unreadable.size(), 1U) << damage;
    EXPECT_EQ(page.unreadable.front().id, "bad") << damage;
    query("DELETE FROM cartd.carts WHERE id = 'bad'");
  }
}

TEST_F(PostgresTest, AUserThatCannotBeDecodedIsCorruptAndPutMendsIt) {
  open();
  ASSERT_TRUE(loop_.run(users_->put(user_id("u"), {{"name", "Ada"}}, soon())));
  for (const char* damage : {"layout = 2", "fields = '[]'", "fields = '{}'", R"(fields = '{"name":1}')", "token = 0"}) {
    query(std::string("UPDATE cartd.users SET ") + damage);
    EXPECT_EQ(loop_.run(users_->find(user_id("u"), soon())).error().code, Errc::corrupt) << damage;
    EXPECT_EQ(loop_.run(users_->patch(user_id("u"), {{"a", "b"}}, soon())).error().code, Errc::corrupt) << damage;
    EXPECT_TRUE(loop_.run(users_->put(user_id("u"), {{"name", "Ada"}}, soon()))) << damage;
    EXPECT_TRUE(loop_.run(users_->find(user_id("u"), soon()))) << damage;
  }
}

TEST_F(PostgresTest, UsersKeepEveryCharacter) {
  open();
  const UserFields fields{{"zero", std::string("a\0b", 3)}, {"quote", "\"\\/"}, {"wide", "漢😀"}};
  ASSERT_TRUE(loop_.run(users_->put(user_id("u"), fields, soon())));
  EXPECT_EQ(loop_.run(users_->find(user_id("u"), soon())).value(), fields);
}

TEST_F(PostgresTest, ForgottenRecordsAreDeletedAndWhoeverIsWritingIsNotWaitedFor) {
  open();
  ASSERT_TRUE(add("c"));
  query(
      "INSERT INTO cartd.carts (id, layout, token, version, created_at, forget_at, lines, replay) "
      "SELECT 'old-' || i, 1, 1, 1, CASE WHEN i <= 700 THEN now() END, now() - interval '1 hour', '[]', '' "
      "FROM generate_series(1, 1200) AS i");
  PostgresProbe writer(server_.url(database_));
  writer.query("BEGIN; SELECT FROM cartd.carts WHERE id = 'old-1' FOR UPDATE");
  options_.sweep_interval = 100ms;
  open();
  EXPECT_TRUE(wait_until([this] { return value("SELECT count(*) FROM cartd.carts") == "2"; }));
  EXPECT_TRUE(wait_until([this] { return figure("forgotten_total") == 1199; }));
  EXPECT_EQ(expired_, 699) << "those that had a cart";
  writer.query("UPDATE cartd.carts SET forget_at = now() + interval '1 hour' WHERE id = 'old-1'; COMMIT");
  const double statements = figure("transactions_total");
  EXPECT_TRUE(wait_until([&] { return figure("transactions_total") > statements + 2; }));
  EXPECT_EQ(value("SELECT count(*) FROM cartd.carts"), "2");
  EXPECT_EQ(load("c")->cart.version, 1U);
}

TEST_F(PostgresTest, ARecordWhoseTimeIsPastIsForgottenBeforeItIsDeleted) {
  open();
  ASSERT_TRUE(add("c"));
  query("UPDATE cartd.carts SET forget_at = now() - interval '1 second'");
  EXPECT_EQ(load("c")->cart.version, 0U);
  EXPECT_EQ(add("c")->cart.version, 1U);
  EXPECT_EQ(load("c")->cart.version, 1U);
}

TEST_F(PostgresTest, WhoFindsItsRecordDeletedDecidesAnew) {
  open();
  ASSERT_TRUE(add("c"));
  query("DELETE FROM cartd.carts");
  EXPECT_EQ(add("c")->cart.version, 1U);
}

TEST_F(PostgresTest, AStatementThatTheDatabaseRefusesDoesNotHurtThoseBesideIt) {
  options_.database.sessions = 1;
  open();
  ASSERT_TRUE(add("first"));
  query("ALTER TABLE cartd.carts ADD CHECK (id <> 'cart-7')");
  std::vector<std::function<Result<Applied>()>> adds;
  for (int i = 0; i < 40; ++i) adds.push_back(begin_add("cart-" + std::to_string(i)));
  for (int i = 0; i < 40; ++i) {
    const Result<Applied> added = adds[static_cast<std::size_t>(i)]();
    EXPECT_EQ(added.has_value(), i != 7) << i;
    if (!added) {
      EXPECT_EQ(added.error().code, Errc::invalid);
    }
  }
  EXPECT_EQ(value("SELECT count(*) FROM cartd.carts"), "40");
  EXPECT_EQ(figure("errors_total"), 1);
}

TEST_F(PostgresTest, WhatWaitsTogetherIsOneTransaction) {
  options_.database.sessions = 1;
  open();
  // From then on in memory, so that an add is one statement.
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(add("cart-" + std::to_string(i)));
  proxy_.hold(Proxy::Direction::to_server);
  std::vector<std::function<Result<Applied>()>> adds;
  for (int i = 0; i < 30; ++i) adds.push_back(begin_add("cart-" + std::to_string(i)));
  EXPECT_TRUE(wait_until([this] { return proxy_.held(Proxy::Direction::to_server) > 0; }));
  // All have been submitted when the loop has come this far.
  loop_.call([] { return true; });
  const double before = figure("transactions_total");
  proxy_.release();
  for (const auto& added : adds) EXPECT_TRUE(added());
  EXPECT_LE(figure("transactions_total") - before, 3) << "30 commits";
}

TEST_F(PostgresTest, ALockedRowIsAnsweredInTimeAndTheOthersGoOn) {
  options_.database.patience = 200ms;
  open();
  ASSERT_TRUE(add("c"));
  PostgresProbe person(server_.url(database_));
  person.query("BEGIN; SELECT FROM cartd.carts WHERE id = 'c' FOR UPDATE");
  const Result<Applied> refused = add("c");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable) << refused.error().detail;
  EXPECT_THAT(refused.error().detail, HasSubstr("locked"));
  EXPECT_TRUE(add("other"));
  person.query("ROLLBACK");
  EXPECT_EQ(add("c")->cart.version, 2U);
}

TEST_F(PostgresTest, TheSchemaIsMadeOnceHoweverManyBeginAtOnce) {
  const std::string url = server_.url(database_);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&url] {
      Metrics metrics;
      PostgresStore::Options options;
      options.database.url = *postgres::parse_database_url(url);
      options.database.sessions = 3;
      options.database.patience = 10s;
      const auto opened = PostgresStore::open(options, metrics);
      ASSERT_TRUE(opened);
      EXPECT_TRUE(wait_until([&] { return metric_in(metrics.text(), "cartd_postgres_sessions") == 3; }));
      EXPECT_EQ(metric_in(metrics.text(), "cartd_postgres_connection_failures_total"), 0);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(value("SELECT count(*) FROM cartd.schema_version"), "1");
}

TEST_F(PostgresTest, AUserWhoOwnsTheSchemaAloneIsEnough) {
  query("CREATE ROLE shop_user LOGIN; CREATE SCHEMA cartd AUTHORIZATION shop_user");
  std::string url = server_.url(database_);
  url.replace(url.find("cartd@"), 6, "shop_user@");
  options_.database.url = *postgres::parse_database_url(url);
  const auto opened = PostgresStore::open(options_, metrics_);
  ASSERT_TRUE(opened) << opened.error();
  EXPECT_TRUE(wait_until([&] { return (*opened)->database().health().sessions() == 2; }));
  EXPECT_EQ(value("SELECT tableowner FROM pg_tables WHERE schemaname = 'cartd' AND tablename = 'carts'"), "shop_user");
}

TEST_F(PostgresTest, ACommitIsSyncedWhateverIsUsualForTheDatabase) {
  server_.query("postgres", "ALTER DATABASE " + database_ + " SET synchronous_commit = off");
  query("CREATE TABLE seen (setting text)");
  open();
  ASSERT_TRUE(add("c"));
  query(
      "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "INSERT INTO public.seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$;"
      "CREATE TRIGGER note BEFORE UPDATE ON cartd.carts FOR EACH ROW EXECUTE FUNCTION note()");
  ASSERT_TRUE(add("c"));
  EXPECT_EQ(value("SELECT string_agg(setting, ',') FROM seen"), "on");
}

TEST_F(PostgresTest, AClockThatIsFarOffRefusesChanges) {
  policy_.limits.max_clock_difference = 0ms;
  class Slow final : public Clock {
    std::chrono::sys_time<std::chrono::microseconds> now() const override { return SystemClock().now() - 1min; }
  } slow;
  open();
  PostgresCartStore carts(loop_.executor(), *store_, policy_, slow, 0);
  const ApplyRequest request{cart_id("c"), add_one(), next_id(), Answer::full, Deadline::clock::now() + 1s};
  const Result<Applied> refused = loop_.run(execute(carts, request, policy_, slow));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_THAT(refused.error().detail, HasSubstr("clocks"));
  EXPECT_THAT(loop_.run(carts.check(soon())).detail, HasSubstr("clocks"));
  EXPECT_EQ(value("SELECT count(*) FROM cartd.carts"), "0");
}

TEST_F(PostgresTest, TheSchemaOfAnEarlierCartdIsBroughtUpToDate) {
  open();
  ASSERT_TRUE(add("c"));
  query("UPDATE cartd.carts SET owner = 'u1'");
  query(
      "DROP INDEX cartd.carts_owner; DROP INDEX cartd.carts_owner_kind; ALTER TABLE cartd.carts DROP COLUMN kind; "
      "UPDATE cartd.schema_version SET version = 1");
  open();
  EXPECT_EQ(load("c")->cart.owner, test::user_id("u1"));
  OwnedRequest request{test::user_id("u1")};
  request.deadline = soon();
  const OwnedPage page = loop_.run(carts_->carts_of(std::move(request))).value();
  ASSERT_EQ(page.carts.size(), 1U);
  EXPECT_EQ(page.carts.front().id, test::cart_id("c"));
  EXPECT_EQ(page.carts.front().item_count, 1);
  EXPECT_EQ(value("SELECT version FROM cartd.schema_version"), "2");
}

TEST_F(PostgresTest, ACartOfALaterCartdHidesNoOther) {
  open();
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(add(id));
  query("UPDATE cartd.carts SET owner = 'u1', created_at = '2026-01-01T00:00:00Z'");
  query("UPDATE cartd.carts SET layout = 3 WHERE id = 'a'");
  OwnedRequest request{test::user_id("u1")};
  request.most = 1;
  std::vector<std::string> shown;
  do {
    request.deadline = soon();
    const OwnedPage page = loop_.run(carts_->carts_of(request)).value();
    for (const OwnedCart& cart : page.carts) shown.push_back(cart.id.str());
    request.after = page.next;
  } while (request.after && shown.size() < 5);
  EXPECT_THAT(shown, testing::ElementsAre("b", "c"));
}

TEST_F(PostgresTest, AStoreThatEndsDoesNotWaitForTheSchema) {
  open();
  query(
      "DROP INDEX cartd.carts_owner; DROP INDEX cartd.carts_owner_kind; ALTER TABLE cartd.carts DROP COLUMN kind; "
      "UPDATE cartd.schema_version SET version = 1");
  close();
  PostgresProbe person(server_.url(database_));
  person.query("BEGIN; LOCK TABLE cartd.carts");
  options_.database.url = *postgres::parse_database_url(server_.url(database_, proxy_.port()));
  auto opened = PostgresStore::open(options_, metrics_);
  ASSERT_TRUE(opened) << opened.error();
  const std::string waiting =
      "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%ADD COLUMN kind%' AND "
      "wait_event_type = 'Lock'";
  EXPECT_TRUE(wait_until([&] { return value(waiting) == "1"; }));
  opened->reset();
  EXPECT_TRUE(wait_until([&] { return value(waiting) == "0"; })) << "nor does the server work for nobody";
  person.query("ROLLBACK");
  open();
  EXPECT_EQ(value("SELECT version FROM cartd.schema_version"), "2");
}

// What others wrote into a row ends no list.
TEST_F(PostgresTest, LinesThatMakeNoSenseAreCountedAsFarAsTheyDo) {
  open();
  ASSERT_TRUE(add("c"));
  query("UPDATE cartd.carts SET owner = 'u1'");
  for (const char* lines : {"[1]", "{}", "7", R"([{"quantity":"1"}])", R"([{"quantity":1e400}])",
                            R"([{"quantity":-1e400}])", R"([{"quantity":1.5}])"}) {
    query(std::string("UPDATE cartd.carts SET lines = '") + lines + "'");
    OwnedRequest request{test::user_id("u1")};
    request.deadline = soon();
    const auto page = loop_.run(carts_->carts_of(std::move(request)));
    ASSERT_TRUE(page) << lines;
    EXPECT_EQ(page->carts.size(), 1U) << lines;
  }
}

}  // namespace
}  // namespace cartd::test
