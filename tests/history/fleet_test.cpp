// The cartds of a run, and what can be done to each of them.
#include "history/theatre/fleet.h"
#include "history/theatre/links.h"
#include "history/theatre/namespaces.h"
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
  const auto year_of_change = [&] {
    const auto cart = nlohmann::json::parse(HttpClient(fleet.port(0)).post("/v1/carts/c/items", R"({"sku":"A"})").body);
    return cart.at("updated_at").get<std::string>().substr(0, 4);
  };
  const std::string now = year_of_change();
  fleet.set_clock(0, std::chrono::hours(24 * 3660));
  EXPECT_EQ(std::stoi(year_of_change()), std::stoi(now) + 10);
  fleet.set_clock(0, 0s);
  EXPECT_EQ(year_of_change(), now);
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

TEST_F(FleetTest, ACartdThatCannotWriteItsJournalSaysSoAndServesAgainWhenItCan) {
  if (!mounts_obstacle().empty()) GTEST_SKIP() << "no play locks a disk here: " << mounts_obstacle();
  Fleet fleet({.program = CARTD_PROGRAM, .count = 1, .redis_url = redis_.url(), .journal = true});
  EXPECT_EQ(HttpClient(fleet.port(0)).post("/v1/carts/c/items", R"({"sku":"A"})").status, 200);
  fleet.kill(0);
  fleet.lock_disk(0);
  EXPECT_THAT(fleet.refusal(0), AllOf(HasSubstr("--data-dir"), HasSubstr("Read-only file system")));
  fleet.unlock_disk(0);
  fleet.start(0);
  EXPECT_EQ(HttpClient(fleet.port(0)).get("/v1/carts/c").status, 200);
}

TEST_F(FleetTest, ACartdThatServesWhereItHasToRefuseIsFoundOut) {
  Fleet fleet({.program = CARTD_PROGRAM, .count = 1, .redis_url = redis_.url(), .journal = true});
  fleet.kill(0);
  EXPECT_THROW(fleet.refusal(0), std::runtime_error);
}

}  // namespace
}  // namespace cartd::test
