// Short plays with real servers, and proof that the theatre does what it says.
#include "history/theatre/theatre.h"
#include "history/theatre/fleet.h"
#include "history/theatre/rest.h"
#include "history/theatre/small_disk.h"
#include "support/http_client.h"
#include "support/redis_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <sstream>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

PlayOptions options_for(std::chrono::seconds lasts, std::uint64_t seed) {
  return {.program = CARTD_PROGRAM, .clock = JUMPING_CLOCK_LIBRARY, .clients = 16, .carts = 20, .lasts = lasts, .seed = seed};
}

struct Setting {
  std::string name;
  std::function<std::unique_ptr<Stage>()> stage;
  bool journal;
  std::vector<FaultKind> faults{};  ///< Empty: all.
};

// What GoogleTest shows of a parameter.
std::ostream& operator<<(std::ostream& out, const Setting& setting) { return out << setting.name; }

class PlayTest : public testing::TestWithParam<Setting> {};

TEST_P(PlayTest, NothingAcknowledgedIsLostAndNothingIsDoneTwice) {
  const auto stage = GetParam().stage();
  PlayOptions options = options_for(25s, 1);
  options.journal = GetParam().journal;
  options.faults = GetParam().faults;
  const Report report = play(*stage, options, std::cout);
  print(report, std::cout);
  EXPECT_THAT(report.judgement.violations, IsEmpty());
  EXPECT_GE(report.faults.size(), 3u);
  EXPECT_GT(report.judgement.summary.acknowledged, 100u);
  EXPECT_GT(report.judgement.summary.exact_lines, 20u);
  EXPECT_GT(report.judgement.summary.views, 1000u);
}

INSTANTIATE_TEST_SUITE_P(Deployments, PlayTest,
                         testing::Values(Setting{"StandaloneWithoutJournal", [] { return standalone_stage(); }, false},
                                         Setting{"Standalone", [] { return standalone_stage(); }, true},
                                         Setting{"Sentinel", [] { return sentinel_stage(); }, true},
                                         // While Sentinels move the part, the old primary acknowledges for seconds what will be gone.
                                         Setting{"SentinelFailover", [] { return sentinel_stage(); }, true, {FaultKind::fail_over}},
                                         Setting{"Cluster", [] { return cluster_stage(); }, true}),
                         [](const auto& setting) { return setting.param.name; });

TEST(TheatreTest, ARedisThatForgetsIsFoundOut) {
  const auto stage = standalone_stage({.saves = false});
  PlayOptions options = options_for(12s, 1);
  // Without journals cartds send again what they keep in memory: it has to be gone with one of them.
  options.faults = {FaultKind::kill_primary, FaultKind::kill_cartd};
  const Report report = play(*stage, options, std::cout);
  EXPECT_THAT(report.judgement.violations, Contains(HasSubstr("something was lost")));
  EXPECT_THAT(report.judgement.violations, Contains(HasSubstr("was acknowledged")));
  std::ifstream history(report.history_file);
  std::string line;
  EXPECT_TRUE(std::getline(history, line)) << "a history for looking into";
  std::filesystem::remove(report.history_file);
}

TEST(TheatreTest, AStoppedPlayEndsEarlyAndIsJudgedAllTheSame) {
  const auto stage = standalone_stage();
  std::stop_source stop;
  std::ostringstream out;
  PlayOptions options = options_for(1000s, 1);
  options.stop = stop.get_token();
  options.faults = {FaultKind::freeze_primary};
  const std::jthread interruption([&] {
    rest(2s);
    stop.request_stop();
  });
  const Report report = play(*stage, options, out);
  EXPECT_THAT(report.judgement.violations, IsEmpty());
  EXPECT_GT(report.judgement.summary.acknowledged, 0u);
}

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

TEST(SmallDiskTest, AFullDiskTakesNothingUntilItIsEmptied) {
  if (!can_fill_disks()) GTEST_SKIP() << "mounting is not permitted here, and no play fills a disk";
  const TempDir folder;
  SmallDisk disk(folder.path() / "disk", 1 << 20);
  int files = 0;
  const auto can_write = [&] {
    std::ofstream out(disk.path() / std::to_string(++files));
    return static_cast<bool>(out << "text" << std::flush);
  };
  EXPECT_TRUE(can_write());
  disk.fill();
  EXPECT_FALSE(can_write());
  disk.empty();
  EXPECT_TRUE(can_write());
}

}  // namespace
}  // namespace cartd::test
