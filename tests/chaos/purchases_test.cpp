// What the checker needs from the clients of customers (chaos/checker/purchase_check.h) is what the workload does.
#include "chaos/workload/purchases.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace cartd::test {
namespace {

const WorkloadOptions shops{.seed = 3, .clients = 16, .servers = 2, .carts = 20};

/// What all clients do, when each begin is answered with a checkout of its own.
std::vector<PurchaseOperation> errands_of(const WorkloadOptions& options) {
  std::vector<PurchaseOperation> all;
  for (int client = 0; client < options.clients; ++client) {
    PurchaseGenerator generator(options, client);
    for (int i = 0; i < 2000; ++i) {
      const auto operation = generator.next();
      if (!operation) continue;
      PurchaseAnswer answer{.outcome = Outcome::acknowledged, .version = static_cast<std::uint64_t>(i)};
      if (operation->op == PurchaseOp::begin) answer.checkout = std::to_string(client) + "." + std::to_string(i);
      generator.learn(*operation, answer);
      all.push_back(*operation);
    }
  }
  return all;
}

TEST(PurchasesTest, EverythingIsDoneToEveryCustomersCartsAndToNoOther) {
  const std::vector<std::string> carts = customers_carts(shops);
  const std::set<std::string> all(carts.begin(), carts.end());
  EXPECT_EQ(all.size(), 16u);
  std::map<std::string, std::set<PurchaseOp>> ops;
  std::set<std::string> used;
  for (const PurchaseOperation& operation : errands_of(shops)) {
    ops[operation.customer].insert(operation.op);
    if (!operation.cart.empty()) used.insert(operation.cart);
    if (!operation.target.empty()) used.insert(operation.target);
  }
  EXPECT_EQ(used, all);
  EXPECT_EQ(ops.size(), 4u);
  for (const auto& [customer, done] : ops) EXPECT_EQ(done.size(), 10u) << customer;
}

TEST(PurchasesTest, HalfOfTheCustomersHaveOneCartdThatTheirChangesGoTo) {
  std::map<std::string, std::set<int>> servers;
  for (const PurchaseOperation& operation : errands_of(shops)) {
    const bool only_reads = operation.op == PurchaseOp::read || operation.op == PurchaseOp::read_order ||
                            operation.op == PurchaseOp::read_orders;
    if (!only_reads) servers[operation.customer].insert(operation.server);
    EXPECT_EQ(operation.roams, operation.customer.back() % 2 == 1);
  }
  std::multiset<std::size_t> counts;
  for (const auto& [customer, its] : servers) counts.insert(its.size());
  EXPECT_EQ(counts, (std::multiset<std::size_t>{1, 1, 2, 2}));
}

TEST(PurchasesTest, OnlySkusOfTheirOwnComeIntoACartThatIsDeleted) {
  std::set<std::string> deleted;
  std::set<std::string> targets;
  std::set<std::string> skus_there;
  std::set<std::string> skus_elsewhere;
  const std::vector<PurchaseOperation> all = errands_of(shops);
  for (const PurchaseOperation& operation : all) {
    if (operation.op == PurchaseOp::erase) deleted.insert(operation.cart);
    if (!operation.target.empty()) targets.insert(operation.target);
    for (const PurchaseOperation& rival : operation.at_once) targets.insert(rival.target);
  }
  for (const PurchaseOperation& operation : all)
    if (operation.op == PurchaseOp::add)
      (deleted.contains(operation.cart) ? skus_there : skus_elsewhere).insert(operation.sku);
  EXPECT_EQ(deleted.size(), 4u);
  for (const std::string& cart : deleted) EXPECT_FALSE(targets.contains(cart));
  for (const std::string& sku : skus_there) EXPECT_FALSE(skus_elsewhere.contains(sku));
}

TEST(PurchasesTest, NoKeyIsUsedForTwoThingsAndWhatHasOneIsInsistedOn) {
  std::set<std::string> keys;
  int rivals = 0;
  for (const PurchaseOperation& operation : errands_of(shops)) {
    for (const PurchaseOperation& rival : operation.at_once) {
      ++rivals;
      if (rival.key.empty() || rival.key == operation.key) continue;
      EXPECT_TRUE(keys.insert(rival.key).second) << rival.key;
    }
    if (operation.key.empty()) continue;
    EXPECT_TRUE(operation.insists);
    EXPECT_TRUE(keys.insert(operation.key).second) << operation.key;
  }
  EXPECT_GT(rivals, 100);
}

TEST(PurchasesTest, WithPlainClientsThereAreNone) {
  WorkloadOptions mixed = shops;
  mixed.plain_clients = 1;
  EXPECT_TRUE(customers_carts(mixed).empty());
  EXPECT_TRUE(errands_of(mixed).empty());
}

}  // namespace
}  // namespace cartd::test
