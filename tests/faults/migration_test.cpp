// A cart whose slot is on its way from one server of a Cluster to another.
#include "apps/programs.h"
#include "redis/protocol/hash_slot.h"
#include "support/http_client.h"
#include "support/redis_cluster.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

namespace cartd::test {
namespace {

using nlohmann::json;

TEST(MigrationTest, AMovingCartIsWrittenReadAndMadeDurableWhereItIs) {
  RedisCluster cluster;
  const std::uint16_t slot = redis::key_slot("cart:moving");
  const std::size_t source = cluster.owner(slot);
  const std::size_t target = (source + 1) % 3;
  const RunningCartd cartd({"--store-deadline", "20s"}, {{"REDIS_URL", cluster.url()}});
  HttpClient client(cartd.port());
  ASSERT_TRUE(wait_until([&] { return client.get("/readyz").status == 200; })) << cartd.log();
  ASSERT_EQ(client.post("/v1/carts/moving/items", R"({"sku":"A"})").status, 200);
  cluster.begin_migration(slot, source, target);
  for (const char* key : {"cart:moving", "{cart:moving}:meta"}) cluster.migrate_key(key, source, target);
  for (int i = 1; i < 4; ++i) {
    ASSERT_EQ(client.post("/v1/carts/moving/items", R"({"sku":"A"})").status, 200);
    const HttpResponse read = client.get("/v1/carts/moving");
    ASSERT_EQ(read.status, 200) << read.body;
    EXPECT_EQ(json::parse(read.body).at("item_count"), i + 1);
  }
  EXPECT_EQ(cluster.node(source).probe().command({"CLUSTER", "COUNTKEYSINSLOT", std::to_string(slot)}).integer, 0);
  const auto is_settled = [&] { return json::parse(client.get("/v1/outbox").body).at("unconfirmed") == 0; };
  EXPECT_TRUE(wait_until(is_settled, std::chrono::minutes(1))) << client.get("/v1/outbox").body;
  EXPECT_EQ(metric_in(client.get("/metrics").body, "cartd_outbox_resent_total"), 0);
}

}  // namespace
}  // namespace cartd::test
