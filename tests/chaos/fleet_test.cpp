// The cartds of a run, and what can be done to each of them.
#include "chaos/deployment/fleet.h"
#include "chaos/faults/links.h"
#include "chaos/faults/namespaces.h"
#include "support/http_client.h"
#include "support/redis_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class FleetTest : public testing::Test {
 protected:
  RedisServer redis_;
};

TEST_F(FleetTest, AClockThatJumpsTakesTheCartsTimesWithIt) {
  Fleet fleet({.program = CARTD_PROGRAM, .count = 1, .redis_url = redis_.url(), .clock = JUMPING_CLOCK_LIBRARY});
  const auto time_of_change = [&] {
    const auto cart = nlohmann::json::parse(HttpClient(fleet.port(0)).post("/v1/carts/c/items", R"({"sku":"A"})").body);
    return cart.at("updated_at").get<std::string>();
  };
  const std::string now = time_of_change();
  fleet.set_clock(0, 11h);
  const std::string ahead = time_of_change();
  fleet.set_clock(0, -11h);
  const std::string behind = time_of_change();
  EXPECT_LT(behind.substr(0, 13), now.substr(0, 13));
  EXPECT_LT(now.substr(0, 13), ahead.substr(0, 13));
}

TEST_F(FleetTest, AClockThatIsFarOffChangesNoCartAndIsReported) {
  for (const bool journal : {false, true}) {
    Fleet fleet({.program = CARTD_PROGRAM,
                 .count = 1,
                 .redis_url = redis_.url(),
                 .journal = journal,
                 .clock = JUMPING_CLOCK_LIBRARY});
    RedisProbe probe = redis_.probe();
    HttpClient client(fleet.port(0));
    const std::string cart = journal ? "with" : "without";
    const auto add = [&] { return client.post("/v1/carts/" + cart + "/items", R"({"sku":"A"})"); };
    ASSERT_EQ(add().status, 200);
    for (const auto offset : {-10 * 24h, -7 * 24h, 10 * 24h, -20'000 * 24h}) {
      fleet.set_clock(0, offset);
      const auto answer = client.put("/v1/carts/" + cart + "/items/B", R"({"quantity":1})");
      if (!journal) {
        EXPECT_EQ(answer.status, 503) << answer.body;
        EXPECT_THAT(answer.body, HasSubstr("the clock of the store is"));
      }
      const auto readiness = client.get("/readyz");
      EXPECT_THAT(readiness.body, HasSubstr("the clock of the store is"));
      EXPECT_EQ(probe.text({"HGET", "cart:" + cart, "A"}), "1");
      EXPECT_GT(probe.integer({"PTTL", "cart:" + cart}), 0);
      // What is sent again is sent with pauses.
      const auto commands = [&] {
        const std::string stats = probe.text({"INFO", "stats"});
        return std::stoll(stats.substr(stats.find("total_commands_processed:") + 25));
      };
      const auto before = commands();
      const auto until = std::chrono::steady_clock::now() + 1s;
      while (std::chrono::steady_clock::now() < until) client.get("/healthz");
      EXPECT_LT(commands() - before, 500);
    }
    fleet.set_clock(0, 0s);
    EXPECT_EQ(add().status, 200);
  }
}

TEST_F(FleetTest, ACartdKeepsItsAddressWhenItIsKilledAndStarted) {
  Fleet fleet({.program = CARTD_PROGRAM, .count = 2, .redis_url = redis_.url()});
  const std::uint16_t port = fleet.port(1);
  fleet.kill(1);
  EXPECT_FALSE(fleet.ready(1));
  EXPECT_TRUE(fleet.ready(0));
  fleet.start(1);
  EXPECT_EQ(fleet.port(1), port);
  EXPECT_EQ(HttpClient(port).get("/healthz").status, 200);
}

TEST_F(FleetTest, EachCartdConnectsFromItsOwnAddress) {
  const Fleet fleet({.program = CARTD_PROGRAM, .count = 2, .redis_url = redis_.url(), .address = OWN_ADDRESS_LIBRARY});
  std::istringstream clients(redis_.probe().text({"CLIENT", "LIST"}));
  std::set<std::string> addresses;
  const std::regex pattern(R"( addr=([0-9.]+):)");
  std::smatch found;
  for (std::string line; std::getline(clients, line);)
    if (std::regex_search(line, found, pattern)) addresses.insert(found[1]);
  EXPECT_THAT(addresses, UnorderedElementsAre(cartd_address(0), cartd_address(1), "127.0.0.1"));
}

TEST_F(FleetTest, ACartdWithoutAWritableJournalRefusesToStart) {
  if (!mounts_obstacle().empty()) GTEST_SKIP() << "no fault locks a disk here: " << mounts_obstacle();
  Fleet fleet({.program = CARTD_PROGRAM, .count = 1, .redis_url = redis_.url(), .journal = true});
  EXPECT_EQ(HttpClient(fleet.port(0)).post("/v1/carts/c/items", R"({"sku":"A"})").status, 200);
  fleet.kill(0);
  fleet.lock_disk(0);
  EXPECT_THAT(fleet.refusal(0), AllOf(HasSubstr("--data-dir"), HasSubstr("Read-only file system")));
  fleet.unlock_disk(0);
  fleet.start(0);
  EXPECT_EQ(HttpClient(fleet.port(0)).get("/v1/carts/c").status, 200);
}

TEST_F(FleetTest, ACartdThatStartsWhereItMustRefuseIsDetected) {
  Fleet fleet({.program = CARTD_PROGRAM, .count = 1, .redis_url = redis_.url(), .journal = true});
  fleet.kill(0);
  EXPECT_THROW(fleet.refusal(0), std::runtime_error);
}

}  // namespace
}  // namespace cartd::test
