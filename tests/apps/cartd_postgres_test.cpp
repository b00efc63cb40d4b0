// cartd with a PostgreSQL database and without Redis: its carts are there.
#include "apps/programs.h"
#include "support/postgres_server.h"
#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cartd::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class CartdPostgres : public testing::Test {
 protected:
  static std::string add(const RunningCartd& cartd) {
    return cartd.ask("POST", "/v1/carts/c/items", R"({"sku":"MUG","quantity":2})").body;
  }
  static std::string readiness(const RunningCartd& cartd) { return cartd.ask("GET", "/readyz").body; }
  Variables database(const std::string& url) const { return {{"DATABASE_URL", url}}; }
  Variables database() const { return database(server_.url(name_)); }

  PostgresServer& server_ = shared_postgres();
  const std::string name_ = server_.create_database();
  const std::vector<std::string> patient_{"--store-deadline", "20s"};
};

TEST_F(CartdPostgres, KeepsCartsAndUsersFromOneStartToTheNext) {
  std::string before;
  {
    const RunningCartd cartd(patient_, database());
    before = add(cartd);
    EXPECT_THAT(before, HasSubstr(R"("durability":"disk","degraded":false)"));
    EXPECT_EQ(cartd.ask("PUT", "/v1/users/u", R"({"name":"Ada"})").status, 200U);
    EXPECT_THAT(readiness(cartd), HasSubstr(R"("store":{"kind":"postgresql","ready":true})"));
    EXPECT_THAT(cartd.ask("GET", "/metrics").body, HasSubstr("cartd_postgres_sessions "));
    EXPECT_TRUE(cartd.logs("in PostgreSQL postgresql://127.0.0.1:")) << cartd.log();
  }
  const RunningCartd cartd(patient_, database());
  EXPECT_EQ(cartd.ask("GET", "/v1/carts/c").body, before);
  EXPECT_THAT(cartd.ask("GET", "/v1/users/u").body, HasSubstr("Ada"));
  EXPECT_THAT(add(cartd), HasSubstr(R"("version":2)"));
}

TEST_F(CartdPostgres, PeopleCanQueryTheLines) {
  const RunningCartd cartd(patient_, database());
  add(cartd);
  cartd.ask("PUT", "/v1/users/u", R"({"name":"Ada"})");
  EXPECT_EQ(server_.value(name_,
                          "SELECT sum((line->>'quantity')::int) FROM cartd.carts, "
                          "jsonb_array_elements(lines) AS line WHERE line->>'sku' = 'MUG'"),
            "2");
  EXPECT_EQ(server_.value(name_, "SELECT version FROM cartd.carts WHERE id = 'c' AND expires_at > now()"), "1");
  EXPECT_EQ(server_.value(name_, "SELECT fields->>'name' FROM cartd.users WHERE id = 'u'"), "Ada");
}

TEST_F(CartdPostgres, SeveralProcessesShareTheCarts) {
  const RunningCartd one(patient_, database());
  const RunningCartd two(patient_, database());
  for (int i = 0; i < 10; ++i) {
    add(one);
    add(two);
  }
  EXPECT_THAT(two.ask("GET", "/v1/carts/c").body, HasSubstr(R"("quantity":40)"));
}

TEST_F(CartdPostgres, SettingsThatCannotBeAreRefused) {
  const auto refusal = [](const Variables& variables) {
    const Ended ended = run_cartd({"--check"}, variables);
    EXPECT_EQ(ended.code, 2);
    return ended.err;
  };
  for (const char* url : {"shop:s3cr3t", "postgresql://u:s3cr3t%zz@h/shop", "postgresql://u:s3cr3t@h/shop?s3cr3t=1",
                          "postgresql://u:s3cr3t@h/shop?client_encoding=LATIN1"}) {
    const std::string line = refusal({{"DATABASE_URL", url}});
    EXPECT_THAT(line, testing::StartsWith("cartd: DATABASE_URL: "));
    EXPECT_THAT(line, Not(HasSubstr("s3cr3t")));
  }
  EXPECT_THAT(refusal({{"DATABASE_URL", "postgresql://h/shop"}, {"REDIS_URL", "redis://h"}}),
              HasSubstr("a database behind Redis is not supported yet; set only one of REDIS_URL and DATABASE_URL"));
}

TEST_F(CartdPostgres, CheckSaysWhereTheCartsAreAndConnectsToNothing) {
  const Ended checked = run_cartd({"--check", "--database-url", "postgresql://u:s3cr3t@127.0.0.1:1,h:2/shop"});
  EXPECT_EQ(checked.code, 0);
  EXPECT_THAT(checked.out, HasSubstr("in PostgreSQL postgresql://127.0.0.1:1,h:2/shop,"));
}

TEST_F(CartdPostgres, ALaterSchemaEndsTheStartAndStaysAsItIs) {
  { const RunningCartd cartd(patient_, database()); }
  server_.query(name_, "UPDATE cartd.schema_version SET version = 3");
  const Ended ended = run_cartd({"--listen", "127.0.0.1:0"}, database());
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.err, HasSubstr("--database-url: the database's schema cartd has version 3, of a later cartd; this "
                                   "one knows version 2\n"));
  EXPECT_EQ(server_.value(name_, "SELECT version FROM cartd.schema_version"), "3");
}

TEST_F(CartdPostgres, ADatabaseThatIsNotThereIsWaitedFor) {
  const RunningCartd cartd({"--store-deadline", "2s"}, database(server_.url("unborn")));
  EXPECT_TRUE(wait_until([&] { return readiness(cartd).find("the server has no such database") != std::string::npos; }))
      << readiness(cartd);
  EXPECT_THAT(add(cartd), HasSubstr("the server has no such database; nothing was done"));
  server_.query("postgres", "CREATE DATABASE unborn");
  EXPECT_TRUE(wait_until([&] { return cartd.ask("GET", "/readyz").status == 200U; }));
  EXPECT_THAT(add(cartd), HasSubstr(R"("version":1)"));
}

TEST_F(CartdPostgres, AWrongPasswordIsSaidAndNeverShown) {
  PostgresServer guarded({.fsync = false, .password = "right-one"});
  const std::string name = guarded.create_database();
  std::string wrong = guarded.url(name);
  wrong.replace(wrong.find("right-one"), 9, "s3cr3t-wrong");
  const RunningCartd refused({"--log-level", "debug"}, database(wrong));
  EXPECT_TRUE(wait_until([&] { return readiness(refused).find("refuses the login") != std::string::npos; }));
  EXPECT_THAT(refused.log(), HasSubstr("password authentication failed"));
  EXPECT_THAT(refused.log() + readiness(refused) + refused.ask("GET", "/metrics").body, Not(HasSubstr("s3cr3t")));
  const RunningCartd cartd({"--store-deadline", "20s", "--log-level", "debug"}, database(guarded.url(name)));
  EXPECT_THAT(add(cartd), HasSubstr(R"("version":1)"));
  EXPECT_THAT(cartd.log(), Not(HasSubstr("right-one")));
}

TEST_F(CartdPostgres, AReadOnlyDatabaseRefusesChangesAndIsRead) {
  const RunningCartd cartd({"--store-deadline", "2s"}, database());
  add(cartd);
  server_.query("postgres", "ALTER DATABASE " + name_ + " SET default_transaction_read_only = on");
  server_.query("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name_ + "'");
  EXPECT_TRUE(wait_until([&] { return readiness(cartd).find("the database is read-only") != std::string::npos; }));
  EXPECT_THAT(add(cartd), HasSubstr("the database is read-only; nothing was done"));
  EXPECT_THAT(cartd.ask("GET", "/v1/carts/c").body, HasSubstr(R"("version":1)"));
  server_.query("postgres", "ALTER DATABASE " + name_ + " SET default_transaction_read_only = off");
  server_.query("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name_ + "'");
  EXPECT_TRUE(wait_until([&] { return cartd.ask("GET", "/readyz").status == 200U; }));
  EXPECT_THAT(add(cartd), HasSubstr(R"("version":2)"));
}

TEST_F(CartdPostgres, TlsIsCheckedAsTheUrlSays) {
  PostgresServer secure({.fsync = false, .tls_names = "DNS:localhost,IP:127.0.0.1"});
  const std::string url = secure.url(secure.create_database());
  const RunningCartd cartd(
      patient_, database(url + "?sslmode=verify-full&sslrootcert=" + secure.certificates().authority.string()));
  EXPECT_THAT(add(cartd), HasSubstr(R"("version":1)"));
  const TempDir other;
  const Certificates strangers = make_certificates(other.path() / "tls", "DNS:localhost");
  const RunningCartd refused({}, database(url + "?sslmode=verify-full&sslrootcert=" + strangers.authority.string()));
  EXPECT_TRUE(wait_until([&] { return readiness(refused).find("TLS to the database fails") != std::string::npos; }))
      << readiness(refused);
}

TEST_F(CartdPostgres, AnExpiredCartIsEmptyAndItsVersionGoesOn) {
  const RunningCartd cartd({"--store-deadline", "20s", "--ttl", "1s"}, database());
  add(cartd);
  EXPECT_TRUE(
      wait_until([&] { return cartd.ask("GET", "/v1/carts/c").body.find(R"("item_count":0)") != std::string::npos; }));
  EXPECT_EQ(server_.value(name_, "SELECT version FROM cartd.carts"), "1");
  EXPECT_THAT(add(cartd), HasSubstr(R"("version":2)"));
}

}  // namespace
}  // namespace cartd::test
