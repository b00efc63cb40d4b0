// Short plays with real servers, and proof that a play finds out what it is for.
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

PlayOptions options_for(std::chrono::seconds lasts, std::uint64_t seed) {
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

TEST(TheatreTest, ACartdIsOnlyKilledInAFailoverWhenItHasAJournal) {
  const auto sentinel = sentinel_stage();
  const auto one_server = standalone_stage();
  EXPECT_THAT(possible_faults(*sentinel, {.journal = true}), Contains(FaultKind::kill_cartd_twice));
  EXPECT_THAT(possible_faults(*sentinel, {.journal = false}), Not(Contains(FaultKind::kill_cartd_twice)));
  EXPECT_THAT(possible_faults(*one_server, {.journal = false}), Contains(FaultKind::kill_cartd_twice));
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

}  // namespace
}  // namespace cartd::test
