// cartctl export, import and migrate between running cartds on every store.
#include "apps/programs.h"
#include "support/postgres_server.h"
#include "support/redis_cluster.h"
#include "support/redis_server.h"
#include "support/temp_dir.h"
#include "support/wait_until.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace cartd::test {
namespace {

using testing::HasSubstr;
using testing::Not;

namespace json = boost::json;

class Moving : public testing::Test {
 protected:
  const std::vector<std::string> patient_{"--store-deadline", "20s"};

  RunningCartd in_memory() const { return RunningCartd(patient_); }
  std::unique_ptr<RunningCartd> embedded(const std::string& name = "data") const {
    std::vector<std::string> arguments = patient_;
    arguments.insert(arguments.end(), {"--data-dir", (folder_.path() / name).string()});
    return std::make_unique<RunningCartd>(arguments);
  }
  std::unique_ptr<RunningCartd> redis(const RedisServer& server) const {
    return std::make_unique<RunningCartd>(patient_, Variables{{"REDIS_URL", server.url()}});
  }
  std::unique_ptr<RunningCartd> postgres() const {
    PostgresServer& server = shared_postgres();
    return std::make_unique<RunningCartd>(patient_, Variables{{"DATABASE_URL", server.url(server.create_database())}});
  }

  static void succeed(const RunningCartd& cartd, const std::string& method, const std::string& target,
                      const std::string& body = {}) {
    const cartctl::HttpAnswer answer = cartd.ask(method, target, body);
    EXPECT_LT(answer.status, 300U) << method << " " << target << ": " << answer.body;
  }

  /// Carts with all that a cart can have, and users.
  static void fill(const RunningCartd& cartd, int carts) {
    for (int i = 0; i < carts; ++i) {
      const std::string path = "/v1/carts/c" + std::to_string(i);
      succeed(cartd, "POST", path + "/commands",
              R"([{"op":"add","sku":"MUG","quantity":2,"name":"Mug é","unit_price":{"amount_minor":1299,)"
              R"("currency":"EUR"},"metadata":{"n":1.50}},{"op":"add","sku":"PEN","quantity":)" +
                  std::to_string(i + 1) + R"(,"options":{"colour":"red"}}])");
      if (i % 3 == 0) succeed(cartd, "PATCH", path, R"({"user_id":"anna","metadata":{"é":"\u0001"}})");
      if (i % 5 == 0) {
        const std::string begun = cartd.ask("POST", path + "/checkouts", "{}").body;
        const std::string id = json::parse(begun).at("id").as_string().c_str();
        if (i % 2 == 0) succeed(cartd, "POST", path + "/checkouts/" + id + "/complete", R"({"payment_ref":"pi"})");
      }
      if (i % 20 == 0) succeed(cartd, "DELETE", path);
      if (i % 10 == 1) succeed(cartd, "PUT", "/v1/users/u" + std::to_string(i), R"({"name":"Ada"})");
    }
  }

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  static json::object parsed(const Ended& ended) {
    EXPECT_THAT(ended.out, HasSubstr("{")) << ended.err;
    return json::parse(ended.out).as_object();
  }
  /// Carts, users and checksum of all that it has.
  json::object tally(const RunningCartd& cartd) const {
    const Ended ended = cartd.cartctl({"--json", "export", path("tally-" + std::to_string(++files_))});
    EXPECT_EQ(ended.code, 0) << ended.err;
    return parsed(ended);
  }
  static Ended migrate(const RunningCartd& from, const RunningCartd& to, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"--json", "migrate", "--from", from.url(), "--to", to.url()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_cartctl(arguments);
  }
  static void append(const std::string& file, const std::string& text) { std::ofstream(file, std::ios::app) << text; }

  TempDir folder_;
  mutable int files_ = 0;
};

TEST_F(Moving, ThroughAFileAndAllStoresNothingIsLostOrChanged) {
  const RunningCartd first = in_memory();
  fill(first, 60);
  const std::string file = path("carts.jsonl");
  const Ended exported = first.cartctl({"--json", "export", file});
  ASSERT_EQ(exported.code, 0) << exported.err;
  const json::object expected = parsed(exported);
  // c0, c20 and c40 were deleted; they have left orders.
  EXPECT_EQ(expected.at("carts"), 60);
  EXPECT_EQ(expected.at("users"), 6);

  const auto second = embedded();
  const Ended imported = second->cartctl({"--json", "import", file});
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_EQ(parsed(imported).at("imported"), 66);
  EXPECT_EQ(tally(*second), expected);

  const RedisServer server;
  const auto third = redis(server);
  const Ended to_redis = migrate(*second, *third);
  ASSERT_EQ(to_redis.code, 0) << to_redis.err << to_redis.out;
  EXPECT_EQ(tally(*third), expected);

  const auto fourth = postgres();
  const Ended to_postgres = migrate(*third, *fourth);
  ASSERT_EQ(to_postgres.code, 0) << to_postgres.err << to_postgres.out;
  EXPECT_EQ(tally(*fourth), expected);
  const json::object verified = parsed(to_postgres);
  EXPECT_EQ(verified.at("from"), verified.at("to"));

  const auto fifth = embedded("another");
  const Ended back = migrate(*fourth, *fifth);
  ASSERT_EQ(back.code, 0) << back.err << back.out;
  EXPECT_EQ(tally(*fifth), expected);
  for (const char* cart : {"/v1/carts/c1", "/v1/carts/c3", "/v1/carts/c15/orders"}) {
    const std::string before = first.ask("GET", cart).body;
    const std::string after = fifth->ask("GET", cart).body;
    EXPECT_EQ(before.substr(0, before.find("durability")), after.substr(0, after.find("durability")));
  }
}

TEST_F(Moving, AnExportThatWasCutOffGoesOn) {
  const RunningCartd cartd = in_memory();
  fill(cartd, 30);
  const json::object expected = tally(cartd);
  const std::string whole = read_text(path("tally-1"));
  const std::string file = path("cut");
  for (std::size_t cut = 0; cut < whole.size(); cut += 997) {
    std::ofstream(file, std::ios::trunc) << whole.substr(0, cut);
    const Ended resumed = cartd.cartctl({"--json", "export", file, "--resume"});
    ASSERT_EQ(resumed.code, 0) << cut << resumed.err;
    EXPECT_EQ(parsed(resumed), expected) << cut;
    EXPECT_EQ(read_text(file), whole) << cut;
  }
}

TEST_F(Moving, NothingOfADamagedFileIsImported) {
  const RunningCartd source = in_memory();
  fill(source, 5);
  tally(source);
  const std::string whole = read_text(path("tally-1"));
  const RunningCartd target = in_memory();
  const auto refusal = [&](const std::string& text) {
    const std::string file = path("damaged");
    std::ofstream(file, std::ios::trunc) << text;
    const Ended ended = target.cartctl({"import", file});
    EXPECT_EQ(ended.code, 1) << text.substr(0, 100);
    EXPECT_THAT(ended.err, HasSubstr("nothing was imported"));
    EXPECT_EQ(tally(target).at("carts"), 0);
    return ended.err;
  };
  const std::size_t second = whole.find('\n') + 1;
  EXPECT_THAT(refusal(""), HasSubstr("the file is empty"));
  EXPECT_THAT(refusal(whole.substr(0, second)), HasSubstr("line 2 is missing"));
  EXPECT_THAT(refusal(whole.substr(0, whole.size() - 10)), HasSubstr("is cut off"));
  EXPECT_THAT(refusal(whole.substr(second)), HasSubstr("line 1 is no beginning"));
  EXPECT_THAT(refusal(R"({"format":"cartd export","version":2})"
                      "\n"),
              HasSubstr("of a later cartctl"));
  EXPECT_THAT(refusal(whole.substr(0, second) + "nonsense\n" + whole.substr(second)), HasSubstr("line 2 is no JSON"));
  EXPECT_THAT(refusal(whole.substr(0, second) + std::string(100, '[') + "\n"), HasSubstr("line 2 is no JSON"));
  EXPECT_THAT(refusal(whole.substr(0, second) + "{\"cart\":{}}\n"), HasSubstr("line 2 is no cart or user"));
  EXPECT_THAT(refusal(whole + whole), HasSubstr("stands behind the end"));
  // A line is missing.
  const std::size_t third = whole.find('\n', second) + 1;
  EXPECT_THAT(refusal(whole.substr(0, second) + whole.substr(third)), HasSubstr("says that there are"));
}

TEST_F(Moving, AnImportNeverOverwritesWhatOthersChanged) {
  const RunningCartd source = in_memory();
  fill(source, 10);
  tally(source);
  const RunningCartd target = in_memory();
  const std::string file = path("tally-1");
  ASSERT_EQ(target.cartctl({"import", file}).code, 0);
  ASSERT_EQ(target.ask("POST", "/v1/carts/c1/items", R"({"sku":"NEW"})").status, 200U);
  const Ended again = target.cartctl({"import", file});
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.out, HasSubstr("conflict 1"));
  EXPECT_THAT(again.err, HasSubstr("cart c1: conflict"));
  EXPECT_THAT(target.ask("GET", "/v1/carts/c1").body, HasSubstr("NEW"));
}

TEST_F(Moving, AMigrationFollowsWhatChangesAndStopsBeforeWhatOthersChanged) {
  const RunningCartd source = in_memory();
  const auto target = embedded();
  fill(source, 10);
  const std::string state = path("state");
  ASSERT_EQ(migrate(source, *target, {"--state", state}).code, 0);
  ASSERT_EQ(source.ask("POST", "/v1/carts/c1/items", R"({"sku":"NEW"})").status, 200U);
  ASSERT_EQ(source.ask("DELETE", "/v1/carts/c2").status, 204U);
  ASSERT_EQ(source.ask("PUT", "/v1/users/u1", R"({"name":"Eve"})").status, 200U);
  const Ended second = migrate(source, *target, {"--state", state});
  EXPECT_EQ(second.code, 0) << second.err << second.out;
  EXPECT_THAT(target->ask("GET", "/v1/carts/c1").body, HasSubstr("NEW"));
  EXPECT_THAT(target->ask("GET", "/v1/carts/c2").body, Not(HasSubstr("MUG")));
  EXPECT_THAT(target->ask("GET", "/v1/users/u1").body, HasSubstr("Eve"));

  ASSERT_EQ(target->ask("POST", "/v1/carts/c3/items", R"({"sku":"HERE"})").status, 200U);
  ASSERT_EQ(source.ask("POST", "/v1/carts/c3/items", R"({"sku":"THERE"})").status, 200U);
  const Ended third = migrate(source, *target, {"--state", state});
  EXPECT_EQ(third.code, 1);
  EXPECT_THAT(third.err, HasSubstr("cart c3: conflict"));
  EXPECT_EQ(parsed(third).at("different"), json::array({"cc3"}));
  EXPECT_THAT(target->ask("GET", "/v1/carts/c3").body, HasSubstr("HERE"));
}

TEST_F(Moving, AllPrimariesOfAClusterAreExportedAndCheckoutsOfOtherStoresRefusedThere) {
  const RedisCluster cluster({.replicas = 0});
  const RunningCartd in_cluster(patient_, Variables{{"REDIS_URL", cluster.url(1)}});
  EXPECT_TRUE(wait_until([&] { return in_cluster.ask("GET", "/readyz").status == 200; }));
  const RunningCartd source = in_memory();
  for (int i = 0; i < 200; ++i) succeed(source, "POST", "/v1/carts/c" + std::to_string(i) + "/items", R"({"sku":"A"})");
  const Ended there = migrate(source, in_cluster);
  EXPECT_EQ(there.code, 0) << there.err << there.out;
  fill(in_cluster, 40);
  const json::object expected = tally(in_cluster);
  EXPECT_EQ(expected.at("carts"), 200);
  const auto target = embedded();
  const Ended back = migrate(in_cluster, *target);
  EXPECT_EQ(back.code, 0) << back.err << back.out;
  EXPECT_EQ(tally(*target), expected);

  succeed(source, "POST", "/v1/carts/other/items", R"({"sku":"A"})");
  succeed(source, "POST", "/v1/carts/other/checkouts", "{}");
  const Ended again = migrate(source, in_cluster);
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr("cart other: refused: this store cannot keep the checkout"));
}

TEST_F(Moving, WhatWasOnItsWayWhenCartctlWasKilledMayBeReplaced) {
  const RunningCartd source;
  const RunningCartd target;
  ASSERT_EQ(source.ask("POST", "/v1/carts/a/items", R"({"sku":"A"})").status, 200U);
  ASSERT_EQ(source.ask("PUT", "/v1/users/u", R"({"name":"Ada"})").status, 200U);
  const std::vector<std::string> migrate{"migrate", "--from", source.url(), "--to", target.url(), "--state", path("s")};
  ASSERT_EQ(source.cartctl(migrate).code, 0);
  // As if the answers had never come.
  std::istringstream lines(read_text(path("s")));
  std::string sent;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("?")) sent += line + "\n";
  EXPECT_THAT(sent, HasSubstr(" ca\n"));
  std::ofstream(path("s")) << sent;
  ASSERT_EQ(source.ask("POST", "/v1/carts/a/items", R"({"sku":"A"})").status, 200U);
  ASSERT_EQ(source.ask("PUT", "/v1/users/u", R"({"name":"Eve"})").status, 200U);
  const Ended again = source.cartctl(migrate);
  EXPECT_EQ(again.code, 0) << again.out << again.err;
  EXPECT_EQ(tally(target), tally(source));
}

TEST_F(Moving, UnderLoadAndKilledAgainAndAgainAMigrationEndsWithTheSame) {
  const RedisServer server;
  const auto source = redis(server);
  const auto target = postgres();
  constexpr int carts = 400;
  for (int i = 0; i < carts; ++i)
    ASSERT_EQ(source->ask("POST", "/v1/carts/c" + std::to_string(i) + "/items", R"({"sku":"A"})").status, 200U);
  std::atomic<bool> enough = false;
  std::atomic<int> adds = 0;
  std::thread load([&] {
    for (int i = 0; !enough; ++i)
      if (source->ask("POST", "/v1/carts/c" + std::to_string(i * 7 % (carts + 50)) + "/items", R"({"sku":"B"})")
              .status == 200U)
        ++adds;
  });
  const std::vector<std::string> command{
      CARTCTL_PROGRAM, "migrate",     "--follow",   "--from", source->url(), "--to", target->url(),
      "--state",       path("state"), "--requests", "2"};
  for (int kills = 0; kills < 5; ++kills) {
    Process cartctl(command, {.output = folder_.path() / "log"});
    const std::string before = read_text(path("state"));
    wait_until([&] { return read_text(path("state")).size() > before.size(); });
    cartctl.kill();
  }
  Process cartctl(command, {.output = folder_.path() / "log"});
  const int begun = adds;
  wait_until([&] { return adds > begun + 200; });
  enough = true;
  load.join();
  cartctl.signal(SIGTERM);
  EXPECT_EQ(cartctl.wait(), 0) << read_text(folder_.path() / "log");
  EXPECT_THAT(read_text(folder_.path() / "log"), HasSubstr("both are the same"));
  const json::object expected = tally(*source);
  EXPECT_EQ(tally(*target), expected);
}

}  // namespace
}  // namespace cartd::test
