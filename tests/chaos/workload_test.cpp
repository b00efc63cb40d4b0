// What the checker needs from the clients (chaos/checker/checker.h) is what the workload does.
#include "chaos/workload/workload.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {
namespace {

const WorkloadOptions workload{.seed = 3, .clients = 12, .servers = 2, .carts = 50};

struct Issued {
  int client;
  Operation operation;
};

/// What each client does, when every fifth operation is refused, every fifth unknown, and the others are acknowledged.
std::vector<Issued> operations(const WorkloadOptions& people) {
  std::vector<Issued> all;
  for (int client = 0; client < people.clients; ++client) {
    WorkloadGenerator generator(people, client);
    for (int i = 0; i < 2000; ++i) {
      const Operation operation = generator.next();
      generator.learn(operation, {i % 5 == 0   ? Outcome::refused
                                  : i % 5 == 1 ? Outcome::unknown
                                               : Outcome::acknowledged});
      all.push_back({client, operation});
    }
  }
  return all;
}

bool is_own(const Operation& operation) { return operation.cart.find("-own-") != std::string::npos; }
bool is_roaming(const Operation& operation) { return operation.cart.find("-roaming-") != std::string::npos; }

TEST(WorkloadTest, RemovesFromSharedCartsNeverExceedAcknowledgedAdds) {
  WorkloadGenerator generator(workload, 4);
  std::map<std::pair<std::string, std::string>, std::int64_t> left;
  int removed = 0;
  for (int i = 0; i < 5000; ++i) {
    const Operation operation = generator.next();
    const Outcome outcome = i % 5 == 0 ? Outcome::refused : i % 5 == 1 ? Outcome::unknown : Outcome::acknowledged;
    generator.learn(operation, {outcome});
    if (is_own(operation)) continue;
    std::int64_t& here = left[{operation.cart, operation.sku}];
    if (operation.op == Op::remove) {
      ++removed;
      EXPECT_LE(operation.n, here);
    }
    if (operation.op == Op::add && outcome == Outcome::acknowledged) here += operation.n;
    if (operation.op == Op::remove && outcome != Outcome::refused) here -= operation.n;
  }
  EXPECT_GT(removed, 100);
}

TEST(WorkloadTest, EachCartIsSetByOneClientThroughOneCartdWithKeys) {
  std::map<std::string, std::set<std::pair<int, int>>> writers;
  std::set<Op> own_ops;
  for (const auto& [client, operation] : operations(workload)) {
    if (operation.op == Op::read) continue;
    if (!is_own(operation)) {
      EXPECT_TRUE(operation.op == Op::add || operation.op == Op::remove || operation.op == Op::annotate);
      continue;
    }
    own_ops.insert(operation.op);
    EXPECT_FALSE(operation.key.empty());
    writers[operation.cart].emplace(client, operation.server);
  }
  EXPECT_EQ(own_ops, (std::set{Op::add, Op::remove, Op::set, Op::remove_line, Op::describe, Op::clear, Op::erase,
                               Op::annotate}));
  EXPECT_EQ(writers.size(), 10u);
  for (const auto& [cart, who] : writers) EXPECT_EQ(who.size(), 1u) << cart;
}

TEST(WorkloadTest, RoamingCartsAreOnlyAddedToUnderKeysAtAnyServer) {
  std::set<int> servers;
  for (const auto& [client, operation] : operations(workload)) {
    if (operation.op == Op::read || !is_roaming(operation)) continue;
    EXPECT_EQ(operation.op, Op::add);
    EXPECT_FALSE(operation.key.empty());
    EXPECT_TRUE(operation.roams);
    servers.insert(operation.server);
  }
  EXPECT_EQ(servers.size(), 2u);
}

TEST(WorkloadTest, EachClientUsesOneCartdAndNoKeyTwice) {
  std::map<int, std::set<int>> servers;
  std::set<std::string> keys;
  for (const auto& [client, operation] : operations(workload)) {
    if (operation.op != Op::read && !operation.roams) servers[client].insert(operation.server);
    const bool fresh = operation.key.empty() || keys.insert(operation.key).second;
    EXPECT_TRUE(fresh) << operation.key;
  }
  for (const auto& [client, at] : servers) EXPECT_EQ(at.size(), 1u);
}

TEST(WorkloadTest, LinesWithDetailsHaveOneWriterOrAreNeverRemovedFrom) {
  int described = 0;
  for (const auto& [client, operation] : operations(workload)) {
    if (!operation.details) continue;
    ++described;
    EXPECT_TRUE(is_own(operation) || is_roaming(operation));
  }
  EXPECT_GT(described, 100);
}

TEST(WorkloadTest, AConditionNamesTheVersionThatTheClientSawLast) {
  WorkloadGenerator generator(workload, 4);
  int conditions = 0;
  for (int i = 0; i < 2000; ++i) {
    const Operation operation = generator.next();
    if (operation.expected && !is_own(operation)) {
      ++conditions;
      EXPECT_EQ(*operation.expected, std::hash<std::string>()(operation.cart));
    }
    generator.learn(operation, {.outcome = Outcome::acknowledged, .version = std::hash<std::string>()(operation.cart)});
  }
  EXPECT_GT(conditions, 100);
}

TEST(WorkloadTest, UsersArePutPatchedDeletedAndReadWithValuesOfTheirOwn) {
  std::set<UserOp> ops;
  std::set<std::string> users;
  std::set<std::string> values;
  for (int client = 0; client < workload.clients; ++client) {
    WorkloadGenerator generator(workload, client);
    for (int i = 0; i < 2000; ++i) {
      const auto operation = generator.next_for_user();
      if (!operation) continue;
      ops.insert(operation->op);
      users.insert(operation->user);
      for (const auto& [name, value] : operation->fields) EXPECT_TRUE(!value || values.insert(*value).second);
    }
  }
  EXPECT_EQ(ops, (std::set{UserOp::put, UserOp::patch, UserOp::erase, UserOp::read}));
  const std::vector<std::string> all = users_of(workload);
  EXPECT_EQ(users, std::set<std::string>(all.begin(), all.end()));
}

TEST(WorkloadTest, WithPlainClientsEverybodyChangesTheSameLines) {
  const WorkloadOptions mixed{.seed = 3, .clients = 3, .servers = 2, .carts = 5, .plain_clients = 2};
  std::map<int, std::set<std::string>> lines;
  for (int client = 0; client < 5; ++client) {
    WorkloadGenerator generator(mixed, client);
    EXPECT_FALSE(generator.next_for_user());
    for (int i = 0; i < 500; ++i) {
      const Operation operation = generator.next();
      EXPECT_TRUE(operation.op == Op::read || is_plain(operation.op) == (client >= 3));
      if (!operation.sku.empty()) lines[client].insert(operation.cart + "/" + operation.sku);
    }
  }
  for (int client = 0; client < 5; ++client) EXPECT_EQ(lines[client], lines[0]);
  EXPECT_EQ(lines[0].size(), 15u);
}

TEST(WorkloadTest, EveryCartIsUsedAndNoOther) {
  std::set<std::string> used;
  for (const auto& [client, operation] : operations(workload)) used.insert(operation.cart);
  const std::vector<std::string> carts = carts_of(workload);
  EXPECT_EQ(used, std::set<std::string>(carts.begin(), carts.end()));
  EXPECT_EQ(carts.size(), 50u);
}

TEST(WorkloadTest, TheSameSeedGivesTheSameOperations) {
  const auto text = [](const std::vector<Issued>& all) {
    std::string joined;
    for (const auto& [client, operation] : all)
      joined += std::string(to_string(operation.op)) + operation.cart + operation.sku + std::to_string(operation.n) +
                operation.key;
    return joined;
  };
  EXPECT_EQ(text(operations(workload)), text(operations(workload)));
  EXPECT_NE(text(operations(workload)), text(operations({.seed = 4, .clients = 12, .servers = 2, .carts = 50})));
}

}  // namespace
}  // namespace cartd::test
