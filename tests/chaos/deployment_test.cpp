// Every deployment gets over every fault that it offers.
#include "chaos/deployment/deployment.h"
#include "support/redis_cluster.h"

#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <memory>
#include <string>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;

struct Deployment {
  std::string name;
  std::function<std::unique_ptr<Stage>()> make;
};

// What GoogleTest shows of a parameter.
std::ostream& operator<<(std::ostream& out, const Deployment& deployment) { return out << deployment.name; }

class StageTest : public testing::TestWithParam<Deployment> {};

TEST_P(StageTest, EveryFaultIsGotOver) {
  const std::unique_ptr<Stage> stage = GetParam().make();
  for (const FaultKind kind : stage->faults()) {
    std::cout << to_string(kind) << ": " << stage->strike({.kind = kind}) << std::endl;
    stage->heal();
    stage->wait_until_whole();
    EXPECT_EQ(stage->read("nothing").version, 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Deployments, StageTest,
                         testing::Values(Deployment{"Standalone", [] { return standalone_stage(); }},
                                         Deployment{"Sentinel", [] { return sentinel_stage(); }},
                                         Deployment{"Cluster", [] { return cluster_stage(); }}),
                         [](const auto& deployment) { return deployment.param.name; });

TEST(StagedClusterTest, AnOwnerThatDoesNotKnowOfItsSlotGetsItBack) {
  RedisCluster cluster;
  RedisProbe owner = cluster.node(0).probe();
  owner.text({"CLUSTER", "DELSLOTS", "7"});
  ASSERT_EQ(owner.command({"GET", RedisCluster::key_in(7)}).type, RedisValue::Type::error);
  cluster.wait_until_whole();
  EXPECT_EQ(owner.command({"GET", RedisCluster::key_in(7)}).type, RedisValue::Type::nil);
}

}  // namespace
}  // namespace cartd::test
