#include "redis/topology/cluster_report.h"

#include <gtest/gtest.h>

namespace cartd::redis {
namespace {

TEST(ClusterWords, ReadTheState) {
  const ClusterState state =
      read_cluster_state("cluster_state:ok\r\ncluster_slots_ok:16384\r\ncluster_current_epoch:6\r\n");
  EXPECT_TRUE(state.ok);
  EXPECT_EQ(state.epoch, 6U);
  EXPECT_FALSE(read_cluster_state("cluster_state:fail\r\n").ok);
  EXPECT_EQ(read_cluster_state("cluster_current_epoch:x\r\n").epoch, 0U);
  EXPECT_FALSE(read_cluster_state("").ok);
}

TEST(ClusterWords, AreBelievedAtOnceWhenTheNodeIsWellAndUpToDate) {
  EXPECT_TRUE(is_current({true, 5}, 5));
  EXPECT_TRUE(is_current({true, 6}, 5));
  EXPECT_FALSE(is_current({true, 4}, 5)) << "it missed a failover";
  EXPECT_FALSE(is_current({false, 6}, 5)) << "it may be cut off";
}

TEST(ClusterWords, AreComparedByEpochBeforeState) {
  EXPECT_TRUE(is_better({false, 6}, {true, 5}));
  EXPECT_TRUE(is_better({true, 5}, {false, 5}));
  EXPECT_FALSE(is_better({true, 5}, {true, 5}));
}

}  // namespace
}  // namespace cartd::redis
