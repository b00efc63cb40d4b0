// What the checker needs from the clients (chaos/checker/checker.h) is what the shoppers do.
#include "chaos/workload/workload.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {
namespace {

const Crowd crowd{.seed = 3, .clients = 12, .servers = 2, .carts = 50};

struct Wished {
  int client;
  Wish wish;
};

/// What each client wishes, when every fifth wish is refused, every fifth unknown, and the others are acknowledged.
std::vector<Wished> wishes(const Crowd& people) {
  std::vector<Wished> all;
  for (int client = 0; client < people.clients; ++client) {
    Shopper shopper(people, client);
    for (int i = 0; i < 2000; ++i) {
      const Wish wish = shopper.next();
      shopper.learn(wish, i % 5 == 0 ? Outcome::refused : i % 5 == 1 ? Outcome::unknown : Outcome::acknowledged);
      all.push_back({client, wish});
    }
  }
  return all;
}

bool is_own(const Wish& wish) { return wish.cart.find("-own-") != std::string::npos; }
bool is_roaming(const Wish& wish) { return wish.cart.find("-roaming-") != std::string::npos; }

TEST(ShopperTest, OnlyAFractionOfWhatAClientAddedAndSawAcknowledgedIsRemovedFromASharedCart) {
  Shopper shopper(crowd, 4);
  std::map<std::pair<std::string, std::string>, std::int64_t> left;
  int removed = 0;
  for (int i = 0; i < 5000; ++i) {
    const Wish wish = shopper.next();
    const Outcome outcome = i % 5 == 0 ? Outcome::refused : i % 5 == 1 ? Outcome::unknown : Outcome::acknowledged;
    shopper.learn(wish, outcome);
    if (is_own(wish)) continue;
    std::int64_t& here = left[{wish.cart, wish.sku}];
    if (wish.op == Op::remove) {
      ++removed;
      EXPECT_LE(wish.n, here);
    }
    if (wish.op == Op::add && outcome == Outcome::acknowledged) here += wish.n;
    if (wish.op == Op::remove && outcome != Outcome::refused) here -= wish.n;
  }
  EXPECT_GT(removed, 100);
}

TEST(ShopperTest, OnlyOwnCartsAreSetAndEachHasOneWriterThroughOneServerWithKeys) {
  std::map<std::string, std::set<std::pair<int, int>>> writers;
  std::set<Op> own_ops;
  for (const auto& [client, wish] : wishes(crowd)) {
    if (wish.op == Op::read) continue;
    if (!is_own(wish)) {
      EXPECT_TRUE(wish.op == Op::add || wish.op == Op::remove);
      continue;
    }
    own_ops.insert(wish.op);
    EXPECT_FALSE(wish.key.empty());
    writers[wish.cart].emplace(client, wish.server);
  }
  EXPECT_EQ(own_ops, (std::set{Op::add, Op::remove, Op::set, Op::remove_line, Op::clear, Op::erase}));
  EXPECT_EQ(writers.size(), 10u);
  for (const auto& [cart, who] : writers) EXPECT_EQ(who.size(), 1u) << cart;
}

TEST(ShopperTest, RoamingCartsAreOnlyAddedToUnderKeysAtAnyServer) {
  std::set<int> servers;
  for (const auto& [client, wish] : wishes(crowd)) {
    if (wish.op == Op::read || !is_roaming(wish)) continue;
    EXPECT_EQ(wish.op, Op::add);
    EXPECT_FALSE(wish.key.empty());
    EXPECT_TRUE(wish.roams);
    servers.insert(wish.server);
  }
  EXPECT_EQ(servers.size(), 2u);
}

TEST(ShopperTest, ALineIsCountedThroughOneServerByEachClientAndNoKeyIsUsedTwice) {
  std::map<int, std::set<int>> servers;
  std::set<std::string> keys;
  for (const auto& [client, wish] : wishes(crowd)) {
    if (wish.op != Op::read && !wish.roams) servers[client].insert(wish.server);
    const bool fresh = wish.key.empty() || keys.insert(wish.key).second;
    EXPECT_TRUE(fresh) << wish.key;
  }
  for (const auto& [client, at] : servers) EXPECT_EQ(at.size(), 1u);
}

TEST(ShopperTest, EveryCartIsUsedAndNoOther) {
  std::set<std::string> used;
  for (const auto& [client, wish] : wishes(crowd)) used.insert(wish.cart);
  const std::vector<std::string> carts = carts_of(crowd);
  EXPECT_EQ(used, std::set<std::string>(carts.begin(), carts.end()));
  EXPECT_EQ(carts.size(), 50u);
}

TEST(ShopperTest, TheSameSeedGivesTheSameWishes) {
  const auto text = [](const std::vector<Wished>& all) {
    std::string joined;
    for (const auto& [client, wish] : all)
      joined += std::string(to_string(wish.op)) + wish.cart + wish.sku + std::to_string(wish.n) + wish.key;
    return joined;
  };
  EXPECT_EQ(text(wishes(crowd)), text(wishes(crowd)));
  EXPECT_NE(text(wishes(crowd)), text(wishes({.seed = 4, .clients = 12, .servers = 2, .carts = 50})));
}

}  // namespace
}  // namespace cartd::test
