// Owners' lists in a Redis Cluster, where they are in other slots than their carts.
#include "apps/programs.h"
#include "redis/protocol/hash_slot.h"
#include "support/http_client.h"
#include "support/redis_cluster.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <set>
#include <string>

namespace cartd::test {
namespace {

using nlohmann::json;

std::set<std::string> listed(HttpClient& client, const std::string& query = "limit=7") {
  std::set<std::string> ids;
  std::string cursor;
  do {
    const HttpResponse page = client.get("/v1/users/u1/carts?" + query + (cursor.empty() ? "" : "&cursor=" + cursor));
    EXPECT_EQ(page.status, 200) << page.body;
    if (page.status != 200) return ids;
    const json body = json::parse(page.body);
    for (const json& cart : body.at("carts")) EXPECT_TRUE(ids.insert(cart.at("id")).second) << "shown twice";
    cursor = body.value("next_cursor", "");
  } while (!cursor.empty());
  return ids;
}

TEST(OwnerLists, OfAClusterHaveCartsOfAllShardsAndComeBackAfterAFailoverThatLosesThem) {
  RedisCluster cluster;
  RunningCartd cartd({"--store-deadline", "20s"}, {{"REDIS_URL", cluster.url()}});
  HttpClient client(cartd.port());
  ASSERT_TRUE(wait_until([&] { return client.get("/readyz").status == 200; })) << cartd.log();
  std::set<std::string> all;
  std::set<std::string> saved;
  for (int i = 0; i < 30; ++i) {
    const std::string id = "cart-" + std::to_string(i);
    const std::string kind = i % 5 == 0 ? R"(,"kind":"saved")" : "";
    ASSERT_EQ(client.patch("/v1/carts/" + id, R"({"user_id":"u1")" + kind + "}").status, 200);
    all.insert(id);
    if (i % 5 == 0) saved.insert(id);
  }
  EXPECT_EQ(listed(client), all);
  EXPECT_EQ(listed(client, "kind=saved"), saved);

  const std::string list = "user:{u1}:carts";
  const std::uint16_t slot = redis::key_slot(list);
  const std::size_t before = cluster.owner(slot);
  // What is lost is lost before cartd hears of the new primary.
  cartd.process().signal(SIGSTOP);
  cluster.node(before).kill();
  const std::size_t after = cluster.owner_other_than(slot, before);
  cluster.node(after).probe().command({"DEL", list});
  cartd.process().signal(SIGCONT);
  // An add need not bring it back: it is carried out in Redis where this process has not read the cart since.
  int round = 0;
  const auto change_all = [&] {
    const std::string change = R"({"metadata":{"round":)" + std::to_string(++round) + "}}";
    for (const std::string& id : all)
      if (client.patch("/v1/carts/" + id, change).status != 200) return false;
    return true;
  };
  EXPECT_TRUE(wait_until([&] { return change_all() && listed(client) == all; }, std::chrono::minutes(1)))
      << cartd.log();
}

// A list is never needed but for giving a cart its owner, and for reading it.
TEST(OwnerLists, OfAShardThatIsAwayHinderNoOtherChange) {
  RedisClusterOptions options;
  options.replicas = 0;
  RedisCluster cluster(options);
  const RunningCartd cartd({"--store-deadline", "2s"}, {{"REDIS_URL", cluster.url()}});
  HttpClient client(cartd.port());
  ASSERT_TRUE(wait_until([&] { return client.get("/readyz").status == 200; })) << cartd.log();
  const std::size_t away = cluster.owner(redis::key_slot("user:{u1}:carts"));
  std::string id;
  for (int i = 0; id.empty() || cluster.owner(redis::key_slot("cart:" + id)) == away; ++i) id = std::to_string(i);
  const std::string cart = "/v1/carts/" + id;
  ASSERT_EQ(client.patch(cart, R"({"user_id":"u1"})").status, 200);
  cluster.node(away).kill();
  EXPECT_TRUE(
      wait_until([&] { return client.post(cart + "/items", R"({"sku":"A"})").status == 200; }, std::chrono::minutes(1)))
      << cartd.log();
  const HttpResponse refused = client.patch(cart, R"({"kind":"saved"})");
  EXPECT_EQ(refused.status, 503) << refused.body;
  EXPECT_FALSE(json::parse(client.get(cart).body).contains("kind"));
  EXPECT_EQ(client.get("/v1/users/u1/carts").status, 503);
}

}  // namespace
}  // namespace cartd::test
