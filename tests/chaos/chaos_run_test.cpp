// Short runs with real servers, and proof that a run detects what it is for.
#include "chaos/run/chaos_run.h"
#include "chaos/run/pause.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>
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
using testing::Not;

ChaosOptions options_for(std::chrono::seconds lasts, std::uint64_t seed) {
  return {.program = CARTD_PROGRAM,
          .clock = JUMPING_CLOCK_LIBRARY,
          .address = OWN_ADDRESS_LIBRARY,
          .clients = 16,
          .carts = 20,
          .lasts = lasts,
          .seed = seed};
}

struct Setting {
  std::string name;
  std::function<std::unique_ptr<Deployment>()> deployment;
  bool journal;
  std::vector<FaultKind> faults{};  ///< Empty: all.
  bool memory_while_away = false;
};

// What GoogleTest shows of a parameter.
std::ostream& operator<<(std::ostream& out, const Setting& setting) { return out << setting.name; }

class ChaosRunTest : public testing::TestWithParam<Setting> {};

TEST_P(ChaosRunTest, NothingAcknowledgedIsLostAndNothingIsDoneTwice) {
  const auto deployment = GetParam().deployment();
  ChaosOptions options = options_for(25s, 1);
  options.journal = GetParam().journal;
  options.faults = GetParam().faults;
  options.memory_while_away = GetParam().memory_while_away;
  if (deployment->url().empty() && deployment->database_url().empty()) options.cartds = 1;
  const ChaosReport report = run_chaos(*deployment, options, std::cout);
  print(report, std::cout);
  EXPECT_THAT(report.result.violations, IsEmpty());
  EXPECT_GE(report.faults.size(), 3u);
  EXPECT_GT(report.result.summary.acknowledged, 100u);
  EXPECT_GT(report.result.summary.exact_lines, 20u);
  EXPECT_GT(report.result.summary.views, 1000u);
  EXPECT_GT(report.result.summary.mismatches, 0u);
  EXPECT_EQ(report.result.summary.users, 2u);
  EXPECT_GT(report.result.summary.merges, 5u);
  EXPECT_GT(report.result.summary.orders, 0u);
  // Where nothing was degraded nor rolled back one order has to explain it all.
  if (GetParam().name == "StandaloneWithoutJournal" || GetParam().name == "Embedded" || GetParam().name == "Postgres") {
    EXPECT_EQ(report.result.summary.ordered, 22u);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Deployments, ChaosRunTest,
    testing::Values(Setting{"StandaloneWithoutJournal", [] { return standalone_deployment(); }, false},
                    Setting{"Standalone", [] { return standalone_deployment(); }, true},
                    Setting{"StandaloneInMemory", [] { return standalone_deployment(); }, false, {}, true},
                    Setting{"Sentinel", [] { return sentinel_deployment(); }, true},
                    // While Sentinels move the part, the old primary acknowledges for seconds what will be gone.
                    Setting{"SentinelFailover", [] { return sentinel_deployment(); }, true, {FaultKind::fail_over}},
                    Setting{"Cluster", [] { return cluster_deployment(); }, true},
                    Setting{"Embedded", [] { return embedded_deployment(); }, true},
                    Setting{"Postgres", [] { return postgres_deployment(); }, false},
                    Setting{"PostgresWithJournal", [] { return postgres_deployment(); }, true}),
    [](const auto& setting) { return setting.param.name; });

// Besides the clients of two cartds there are clients of Redis itself, on the same lines.
TEST(PlainClientsChaosRunTest, SomeOrderExplainsWhatCartdsAndPlainClientsDid) {
  const auto deployment = standalone_deployment();
  ChaosOptions options = options_for(10s, 1);
  options.clients = 8;
  options.plain_clients = 4;
  options.carts = 5;
  const ChaosReport report = run_chaos(*deployment, options, std::cout);
  print(report, std::cout);
  EXPECT_THAT(report.result.violations, IsEmpty());
  EXPECT_GT(report.result.summary.acknowledged, 100u);
  EXPECT_EQ(report.result.summary.ordered, 5u);
}

TEST(ChaosDetectionTest, PlainClientsNeedARedisThatLosesNothing) {
  const auto sentinel = sentinel_deployment();
  const auto standalone = standalone_deployment();
  std::ostringstream out;
  ChaosOptions options = options_for(1s, 1);
  options.plain_clients = 1;
  EXPECT_THROW(run_chaos(*sentinel, options, out), std::invalid_argument);
  EXPECT_THAT(possible_faults(*standalone, options), Not(Contains(FaultKind::kill_primary)));
  options.journal = true;
  EXPECT_THROW(run_chaos(*standalone, options, out), std::invalid_argument);
}

TEST(ChaosDetectionTest, ARedisThatLosesDataIsDetected) {
  const auto deployment = standalone_deployment({.saves = false});
  ChaosOptions options = options_for(12s, 1);
  // Without journals cartds send again what they keep in memory: it has to be gone with one of them.
  options.faults = {FaultKind::kill_primary, FaultKind::kill_cartd};
  const ChaosReport report = run_chaos(*deployment, options, std::cout);
  EXPECT_THAT(report.result.violations, Contains(HasSubstr("something was lost")));
  EXPECT_THAT(report.result.violations, Contains(HasSubstr("was acknowledged")));
  std::ifstream history(report.history_file);
  std::string line;
  EXPECT_TRUE(std::getline(history, line)) << "a history for looking into";
  std::filesystem::remove(report.history_file);
}

TEST(ChaosDetectionTest, ACartdIsOnlyKilledInAFailoverWhenItHasAJournal) {
  const auto sentinel = sentinel_deployment();
  const auto one_server = standalone_deployment();
  EXPECT_THAT(possible_faults(*sentinel, {.journal = true}), Contains(FaultKind::kill_cartd_twice));
  EXPECT_THAT(possible_faults(*sentinel, {.journal = false}), Not(Contains(FaultKind::kill_cartd_twice)));
  EXPECT_THAT(possible_faults(*one_server, {.journal = false}), Contains(FaultKind::kill_cartd_twice));
}

TEST(ChaosDetectionTest, AStoppedRunEndsEarlyAndIsStillChecked) {
  const auto deployment = standalone_deployment();
  std::stop_source stop;
  std::ostringstream out;
  ChaosOptions options = options_for(1000s, 1);
  options.stop = stop.get_token();
  options.faults = {FaultKind::freeze_primary};
  const std::jthread interruption([&] {
    pause(2s);
    stop.request_stop();
  });
  const ChaosReport report = run_chaos(*deployment, options, out);
  EXPECT_THAT(report.result.violations, IsEmpty());
  EXPECT_GT(report.result.summary.acknowledged, 0u);
}

}  // namespace
}  // namespace cartd::test
