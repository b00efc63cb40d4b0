// Every deployment gets over every fault that it offers.
#include "chaos/deployment/deployment.h"
#include "chaos/deployment/data_in_redis.h"
#include "support/redis_cluster.h"

#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <memory>
#include <string>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;

struct Setting {
  std::string name;
  std::function<std::unique_ptr<Deployment>()> make;
};

// What GoogleTest shows of a parameter.
std::ostream& operator<<(std::ostream& out, const Setting& setting) { return out << setting.name; }

class DeploymentTest : public testing::TestWithParam<Setting> {};

TEST_P(DeploymentTest, TheDeploymentRecoversFromEveryFault) {
  const std::unique_ptr<Deployment> deployment = GetParam().make();
  for (const FaultKind kind : deployment->faults()) {
    std::cout << to_string(kind) << ": " << deployment->inject({.kind = kind}) << std::endl;
    deployment->heal();
    deployment->wait_until_whole();
    RedisProbe probe = deployment->probe_for("cart:nothing");
    EXPECT_EQ(read_cart(probe, "nothing").version, 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Deployments, DeploymentTest,
                         testing::Values(Setting{"Standalone", [] { return standalone_deployment(); }},
                                         Setting{"Sentinel", [] { return sentinel_deployment(); }},
                                         Setting{"Cluster", [] { return cluster_deployment(); }}),
                         [](const auto& setting) { return setting.param.name; });

TEST(ClusterRecoveryTest, AnOwnerThatLostItsSlotGetsItBack) {
  RedisCluster cluster;
  RedisProbe owner = cluster.node(0).probe();
  owner.text({"CLUSTER", "DELSLOTS", "7"});
  ASSERT_EQ(owner.command({"GET", RedisCluster::key_in(7)}).type, RedisValue::Type::error);
  cluster.wait_until_whole();
  EXPECT_EQ(owner.command({"GET", RedisCluster::key_in(7)}).type, RedisValue::Type::nil);
}

}  // namespace
}  // namespace cartd::test
