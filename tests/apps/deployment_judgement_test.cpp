// What the doctor makes of Sentinels and Clusters.
#include "apps/cartctl/doctor/deployment_judgement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace cartd::doctor {
namespace {

using redis::Topology;
using std::chrono::milliseconds, std::chrono::seconds;
using testing::HasSubstr;

Sentinel sentinel(const std::string& address) {
  return {address, SentinelReport{.quorum = 2,
                                  .down_after = seconds(5),
                                  .primary = "10.0.0.1:6379",
                                  .primary_down = false,
                                  .replicas = std::vector<WatchedReplica>{{"10.0.0.2:6379", true, true, true}}}};
}

Examined watched() {
  return {.topology = Topology::sentinel,
          .sentinels = {sentinel("10.0.0.1:26379"), sentinel("10.0.0.2:26379"), sentinel("10.0.0.3:26379")}};
}

Examined clustered() {
  return {.topology = Topology::cluster,
          .cluster = ClusterFacts{0, {{"10.0.0.1:6379", true}, {"10.0.0.2:6379", true}, {"10.0.0.3:6379", true}}}};
}

Finding finding(const Examined& examined, const std::string& check) {
  for (const Chapter& chapter : judge(examined))
    for (const Finding& one : chapter.findings)
      if (one.check == check) return one;
  return {Level::ok, check, "absent", ""};
}

Level level(const Examined& examined, const std::string& check) { return finding(examined, check).level; }

// With `change` done to the words of the first Sentinel.
template <class Change>
Examined with_one(Change change) {
  Examined examined = watched();
  change(*examined.sentinels.front().report);
  return examined;
}

template <class Change>
Examined with_all(Change change) {
  Examined examined = watched();
  for (Sentinel& one : examined.sentinels) change(*one.report);
  return examined;
}

Examined with_silent(std::size_t count) {
  Examined examined = watched();
  for (std::size_t i = 0; i < count; ++i) examined.sentinels[i].report = std::string("connection refused");
  return examined;
}

TEST(DeploymentDoctor, FindsNothingWrongWithAHealthyDeployment) {
  for (const Examined& examined : {watched(), clustered()})
    for (const Chapter& chapter : judge(examined))
      for (const Finding& one : chapter.findings) {
        EXPECT_EQ(one.level, Level::ok) << one.check << ": " << one.text;
        EXPECT_NE(one.text, "");
      }
}

TEST(DeploymentDoctor, NeedsAMajorityOfThreeSentinels) {
  EXPECT_EQ(level(with_silent(1), "sentinels"), Level::warn);
  EXPECT_EQ(finding(with_silent(1), "sentinels").text, "2 of 3 answer; silent: 10.0.0.1:26379 (connection refused)");
  EXPECT_EQ(level(with_silent(2), "sentinels"), Level::bad);
  EXPECT_THAT(finding(with_silent(2), "sentinels").text, HasSubstr("no change becomes durable"));
  EXPECT_EQ(level(with_silent(3), "sentinels"), Level::bad);
  Examined two = watched();
  two.sentinels.pop_back();
  EXPECT_EQ(level(two, "sentinels"), Level::bad);
}

TEST(DeploymentDoctor, JudgesTheQuorum) {
  const auto quorum = [](std::uint64_t value) {
    return with_all([&](SentinelReport& report) { report.quorum = value; });
  };
  EXPECT_EQ(level(quorum(1), "quorum"), Level::warn);
  EXPECT_EQ(level(quorum(3), "quorum"), Level::ok);
  EXPECT_EQ(level(quorum(4), "quorum"), Level::bad);
  EXPECT_EQ(level(with_one([](SentinelReport& report) { report.quorum = 3; }), "quorum"), Level::warn);
  Examined one_lost = with_silent(1);
  for (std::size_t i = 1; i < 3; ++i) one_lost.sentinels[i].report->quorum = 3;
  EXPECT_EQ(level(one_lost, "quorum"), Level::bad);
}

TEST(DeploymentDoctor, WantsEverySentinelToNameTheSamePrimary) {
  const Examined torn = with_one([](SentinelReport& report) { report.primary = "10.0.0.2:6379"; });
  EXPECT_EQ(level(torn, "primary"), Level::bad);
  EXPECT_EQ(finding(torn, "primary").text, "the Sentinels report different primaries: 10.0.0.1:6379 and 10.0.0.2:6379");
  EXPECT_EQ(level(with_all([](SentinelReport& report) { report.primary.clear(); }), "primary"), Level::bad);
  const Examined down = with_one([](SentinelReport& report) { report.primary_down = true; });
  EXPECT_EQ(level(down, "primary"), Level::bad);
  EXPECT_EQ(finding(down, "primary").text, "10.0.0.1:6379 is down, according to 10.0.0.1:26379");
}

TEST(DeploymentDoctor, WantsAReplicaThatCanTakeOver) {
  const auto replicas = [](std::vector<WatchedReplica> all) {
    return with_all([&](SentinelReport& report) { report.replicas = all; });
  };
  EXPECT_EQ(level(replicas({}), "takeover"), Level::bad);
  EXPECT_EQ(level(replicas({{"a:1", false, true, true}}), "takeover"), Level::bad);
  EXPECT_EQ(level(replicas({{"a:1", true, false, true}}), "takeover"), Level::bad);
  EXPECT_EQ(level(replicas({{"a:1", true, true, false}}), "takeover"), Level::bad);
  const Examined some = replicas(
      {{"a:1", true, true, true}, {"b:1", false, false, true}, {"c:1", true, false, true}, {"d:1", true, true, false}});
  EXPECT_EQ(level(some, "takeover"), Level::warn);
  EXPECT_EQ(finding(some, "takeover").text,
            "1 replica can; not: b:1 (down), c:1 (not in sync) and d:1 (replica-priority 0)");
  const auto forbidden = [](SentinelReport& report) { report.replicas = std::string("not permitted"); };
  EXPECT_EQ(level(with_one(forbidden), "takeover"), Level::ok) << "another Sentinel tells";
  EXPECT_EQ(level(with_all(forbidden), "takeover"), Level::unknown);
}

TEST(DeploymentDoctor, JudgesHowSoonAPrimaryCountsAsDown) {
  const auto after = [](milliseconds value) {
    return with_all([&](SentinelReport& report) { report.down_after = value; });
  };
  EXPECT_EQ(level(after(milliseconds(999)), "down-after"), Level::warn);
  EXPECT_EQ(level(after(milliseconds(1000)), "down-after"), Level::ok);
  EXPECT_EQ(level(after(seconds(30)), "down-after"), Level::ok);
  EXPECT_EQ(level(after(seconds(31)), "down-after"), Level::warn);
  EXPECT_EQ(level(with_one([](SentinelReport& report) { report.down_after = seconds(6); }), "down-after"), Level::warn);
}

TEST(DeploymentDoctor, JudgesTheClusterAsAWhole) {
  Examined lost = clustered();
  lost.cluster->slots_without_owner = 5461;
  EXPECT_EQ(level(lost, "slots"), Level::bad);
  Examined failing = clustered();
  failing.cluster->primaries[1].ok = false;
  failing.cluster->primaries[2].ok = std::string("connection refused");
  EXPECT_EQ(level(failing, "state"), Level::bad);
  EXPECT_THAT(finding(failing, "state").text,
              HasSubstr("10.0.0.2:6379 (cluster_state is not ok) and 10.0.0.3:6379 (connection refused)"));
  Examined two = clustered();
  two.cluster->primaries.pop_back();
  EXPECT_EQ(level(two, "primaries"), Level::warn);
}

TEST(DeploymentDoctor, NamesEveryPrimaryByItsAddress) {
  Examined examined = clustered();
  examined.primaries.push_back({"10.0.0.1:6379", Facts{std::string("x"), std::string("x"), std::string("x"),
                                                       std::string("x"), std::string("x")}});
  examined.primaries.push_back({"10.0.0.2:6379", {boost::system::in_place_error, "connection refused"}});
  const std::vector<Chapter> chapters = judge(examined);
  ASSERT_EQ(chapters.size(), 3U);
  EXPECT_EQ(chapters[0].server, "");
  EXPECT_EQ(chapters[1].server, "10.0.0.1:6379");
  EXPECT_EQ(chapters[2].server, "10.0.0.2:6379");
  EXPECT_EQ(chapters[2].findings.front().level, Level::bad);
  EXPECT_EQ(chapters[2].findings.front().text, "connection refused");
}

}  // namespace
}  // namespace cartd::doctor
