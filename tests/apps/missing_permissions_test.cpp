// Each command that cartd uses is taken away while it runs: whatever is refused then is refused whole, says why, and
// names the command.
#include "apps/cartctl/doctor/acl.h"
#include "apps/permissions.h"
#include "support/parameter_name.h"
#include "support/redis_cluster.h"
#include "support/redis_server.h"
#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace cartd::test {
namespace {

using testing::HasSubstr;

constexpr std::chrono::minutes patience{1};
const std::string password = "s3cr3t";

/// Without these cartd is not ready.
const std::vector<std::string> needed{"evalsha", "eval",      "time", "hgetall", "hmget", "hlen",       "hset",
                                      "hdel",    "pexpireat", "zadd", "zrem",    "pttl",  "zrangebylex"};
/// Of these, what no change fails without: it is made in another way, or only owners' lists need it.
const std::set<std::string> replaceable{"hlen", "zrem", "zrangebylex"};
const std::vector<std::string> optional{"client|setname", "client|id", "client|kill", "info", "ping", "hget", "scan"};

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

struct Call {
  const char* method;
  std::string target;
  std::string body;
};

/// Every kind of change, on a cart that is new, and on one with details, an owner and metadata.
std::vector<Call> changes(const std::string& id) {
  const std::string cart = "/v1/carts/" + id;
  const std::string user = "/v1/users/" + id;
  return {{"POST", cart + "/items", R"({"sku":"A","quantity":2})"},
          {"POST", cart + "/items", R"({"sku":"A"})"},
          {"POST", cart + "/items", R"({"sku":"B","name":"Mug","unit_price":{"amount_minor":100,"currency":"EUR"}})"},
          {"PUT", cart + "/items/B", R"({"quantity":3,"name":"Cup"})"},
          {"PATCH", cart, R"({"user_id":"u","metadata":{"a":1}})"},
          {"DELETE", cart + "/items/B", ""},
          {"POST", cart + "/commands", R"([{"op":"clear"},{"op":"add","sku":"C","quantity":1}])"},
          {"DELETE", cart + "/items", ""},
          {"DELETE", cart, ""},
          {"PUT", user, R"({"name":"Ada","email":"a@b"})"},
          {"PUT", user, R"({"name":"Ada"})"},
          {"PATCH", user, R"({"name":null,"city":"Paris"})"},
          {"DELETE", user, ""}};
}

class MissingPermissions : public testing::TestWithParam<std::string> {
 protected:
  MissingPermissions() {
    paste(server_.probe(), doctor::acl_line(redis::Topology::standalone), password);
    cartd_.emplace(std::vector<std::string>{"--store-deadline", "300ms"}, Variables{{"REDIS_URL", url()}});
  }

  std::string url() const { return "redis://cartd:" + password + "@127.0.0.1:" + std::to_string(server_.port()); }
  void permit(const std::string& what) { EXPECT_EQ(probe_.text({"ACL", "SETUSER", "cartd", what}), "OK"); }
  void expect_ready() {
    EXPECT_TRUE(wait_until([&] { return cartd_->ask("GET", "/readyz").status == 200; }, patience))
        << cartd_->ask("GET", "/readyz").body;
  }

  /// Makes every change; those that fail must have left everything as it was.
  void expect_nothing_half_done(const std::string& id, const std::string& what) {
    for (const Call& call : changes(id)) {
      const auto before = everything_in(probe_);
      const auto answer = cartd_->ask(call.method, call.target, call.body);
      const auto after = everything_in(probe_);
      const std::string shown = what + ": " + call.method + " " + call.target + " " + call.body + " -> " + answer.body;
      EXPECT_NE(answer.status, 500U) << shown;
      if (answer.status >= 400) {
        EXPECT_EQ(before, after) << shown;
      }
      for (const auto& [key, held] : after)
        if (key.find("cart:") != std::string::npos) {
          EXPECT_EQ(held.back(), "expires") << key << " after " << shown;
        }
    }
  }

  RedisServer server_{{.binary = GetParam()}};
  RedisProbe probe_ = server_.probe();
  std::optional<RunningCartd> cartd_;
};

INSTANTIATE_TEST_SUITE_P(Servers, MissingPermissions, testing::ValuesIn(server_binaries()), parameter_name);

TEST(MissingPermissionsTest, TakesAwayEveryCommandOfThePrintedLine) {
  std::istringstream words(doctor::acl_line(redis::Topology::standalone));
  std::vector<std::string> printed;
  for (std::string word; words >> word;)
    if (word.starts_with("+")) printed.push_back(word.substr(1));
  std::vector<std::string> taken_away = needed;
  taken_away.insert(taken_away.end(), optional.begin(), optional.end());
  taken_away.push_back("select");  // Below, as it takes a URL of its own.
  EXPECT_THAT(printed, testing::UnorderedElementsAreArray(taken_away));
}

TEST_P(MissingPermissions, ToSelectADatabaseIsNamed) {
  permit("-select");
  const RunningCartd other({"--store-deadline", "300ms"}, {{"REDIS_URL", url() + "/1"}});
  ASSERT_TRUE(
      wait_until([&] { return other.ask("GET", "/readyz").body.find("SELECT") != std::string::npos; }, patience));
  EXPECT_EQ(other.ask("GET", "/readyz").status, 503U);
  EXPECT_EQ(other.ask("POST", "/v1/carts/c/items", R"({"sku":"A"})").status, 503U);
  EXPECT_TRUE(other.logs("SELECT")) << other.log();
  const Ended examined = doctor(url() + "/1");
  EXPECT_EQ(examined.code, 1);
  EXPECT_THAT(examined.err, HasSubstr("SELECT"));
}

TEST_P(MissingPermissions, LeaveNothingHalfDoneAndAreNamed) {
  expect_ready();
  for (const std::string& command : needed) {
    const std::string id = "without-" + command;
    // What is there already takes other ways through the scripts than what is new.
    expect_nothing_half_done(id, "all is permitted");
    permit("-" + command);
    expect_nothing_half_done(id, "no " + command);
    const auto readiness = cartd_->ask("GET", "/readyz");
    EXPECT_EQ(readiness.status, 503U) << command << readiness.body;
    EXPECT_THAT(readiness.body, HasSubstr(upper(command)));
    if (!replaceable.contains(command)) {
      EXPECT_THAT(upper(cartd_->log()), HasSubstr(upper(command)));
    }
    const Ended examined = doctor(url());
    EXPECT_EQ(examined.code, 1) << examined.out << examined.err;
    EXPECT_THAT(examined.out, HasSubstr(upper(command) + " (")) << examined.err;
    permit("+" + command);
    expect_ready();
    expect_nothing_half_done(id, "permitted again");
  }
}

TEST_P(MissingPermissions, OfTheGreetingDoNotKeepCartdFromServing) {
  expect_ready();
  for (const std::string& command : optional) permit("-" + command);
  cut(server_.probe());
  ASSERT_TRUE(
      wait_until([&] { return cartd_->ask("POST", "/v1/carts/c/items", R"({"sku":"A"})").status == 200; }, patience));
  expect_ready();
  for (const char* command : {"CLIENT SETNAME", "CLIENT ID", "INFO"}) {
    const std::string line = "\"command\":\"" + std::string(command) + "\"";
    EXPECT_TRUE(cartd_->logs(line)) << cartd_->log();
    EXPECT_EQ(cartd_->log().find(line), cartd_->log().rfind(line)) << "once, however many connections";
  }
  const Ended examined = doctor(url());
  EXPECT_THAT(examined.out, HasSubstr("CLIENT ID (NOPERM)")) << examined.err;
  EXPECT_THAT(examined.out, HasSubstr("INFO (NOPERM)"));
}

TEST_P(MissingPermissions, ToDoAnythingButPingMakeCartdNotReady) {
  expect_ready();
  permit("-@all");
  permit("+ping");
  permit("+info");
  const auto added = cartd_->ask("POST", "/v1/carts/c/items", R"({"sku":"A"})");
  EXPECT_EQ(added.status, 503U) << added.body;
  const auto readiness = cartd_->ask("GET", "/readyz");
  EXPECT_EQ(readiness.status, 503U) << readiness.body;
  EXPECT_THAT(readiness.body, HasSubstr("EVAL"));
  EXPECT_EQ(doctor(url()).code, 1);
}

class MissingInACluster : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Servers, MissingInACluster, testing::ValuesIn(server_binaries()), parameter_name);

TEST_P(MissingInACluster, IsNamedAndNothingIsAcknowledged) {
  RedisCluster cluster({.binary = GetParam()});
  const std::string line = doctor::acl_line(redis::Topology::cluster);
  const auto everywhere = [&](const std::string& what) {
    for (std::size_t i = 0; i < cluster.nodes(); ++i) cluster.node(i).probe().text({"ACL", "SETUSER", "cartd", what});
  };
  for (std::size_t i = 0; i < cluster.nodes(); ++i) paste(cluster.node(i).probe(), line, password);
  const std::string url = "redis+cluster://cartd:" + password + "@127.0.0.1:" + std::to_string(cluster.node(0).port());
  const std::map<std::string, std::string> names{{"cluster|info", "CLUSTER INFO"},
                                                 {"cluster|slots", "CLUSTER SLOTS"},
                                                 {"asking", "ASKING"},
                                                 {"hset", "HSET"},
                                                 {"eval", "EVAL"}};
  for (const auto& [command, name] : names) {
    everywhere("-" + command);
    const RunningCartd cartd({"--store-deadline", "300ms"}, {{"REDIS_URL", url}});
    // ASKING is needed while slots move only.
    const bool serves = command == "asking";
    ASSERT_TRUE(wait_until([&] { return (cartd.ask("GET", "/readyz").status == 200) == serves; }, patience)) << command;
    const auto added = cartd.ask("POST", "/v1/carts/c/items", R"({"sku":"A"})");
    if (serves || command == "eval") {
      EXPECT_THAT(added.status, testing::AnyOf(200U, 503U)) << command << added.body;
    } else {
      EXPECT_EQ(added.status, 503U) << command << added.body;
    }
    const Ended examined = doctor(url);
    EXPECT_EQ(examined.code, 1) << command;
    if (command.starts_with("cluster|")) {
      EXPECT_THAT(examined.err, HasSubstr("not permitted")) << command << examined.out;
    } else {
      EXPECT_THAT(examined.out, HasSubstr(name + " (")) << command << examined.err;
    }
    everywhere("+" + command);
  }
}

class RenamedCommands : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Servers, RenamedCommands, testing::ValuesIn(server_binaries()), parameter_name);

TEST_P(RenamedCommands, MakeCartdNotReadyAndAreNamed) {
  for (const char* command : {"EVAL", "EVALSHA", "HSET", "PEXPIREAT"}) {
    RedisServer server({.binary = GetParam(), .arguments = {"--rename-command", command, "HIDDEN"}});
    RunningCartd cartd({"--store-deadline", "300ms"}, {{"REDIS_URL", server.url()}});
    ASSERT_TRUE(
        wait_until([&] { return cartd.ask("GET", "/readyz").body.find(command) != std::string::npos; }, patience))
        << cartd.ask("GET", "/readyz").body;
    EXPECT_EQ(cartd.ask("GET", "/readyz").status, 503U);
    const auto added = cartd.ask("POST", "/v1/carts/c/items", R"({"sku":"A"})");
    // With EVALSHA alone a change may still get through, as long as the server knows the script.
    EXPECT_THAT(added.status, testing::AnyOf(503U, 504U)) << command << added.body;
    EXPECT_EQ(server.probe().integer({"EXISTS", "cart:c", "{cart:c}:meta"}), 0) << command;
    const Ended examined = doctor(server.url());
    EXPECT_EQ(examined.code, 1) << command;
    EXPECT_THAT(examined.out, HasSubstr(command));
  }
}

}  // namespace
}  // namespace cartd::test
