// Many clients, several servers, one Redis: no add is lost, and every answer fits one order of all commands.
#include "apps/programs.h"
#include "faults/load.h"
#include "support/http_client.h"
#include "support/parameter_name.h"
#include "support/redis_server.h"
#include "support/seed.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace cartd::test {
namespace {

class ConcurrencyTest : public testing::TestWithParam<std::string> {
 protected:
  RedisServer redis_{{.binary = GetParam()}};
  // All clients change one cart: on a slow build the last in line waits longer than a shop would.
  RunningCartd one_{{"--store-deadline", "20s"}, {{"REDIS_URL", redis_.url()}}};
  RunningCartd two_{{"--store-deadline", "20s"}, {{"REDIS_URL", redis_.url()}}};
};

TEST_P(ConcurrencyTest, SixtyFourClientsOnTwoServersAddExactlyWhatTheyAdd) {
  const LoadResult result = run_load({.servers = {one_.port(), two_.port()}, .clients = 64, .adds_each = 100});
  EXPECT_EQ(result.acknowledged, 6400);
  EXPECT_EQ(quantity_at(one_.port()), 6400);
  EXPECT_EQ(quantity_at(two_.port()), 6400);
  EXPECT_EQ(redis_.probe().text({"HGET", "cart:shared", "A"}), "6400");
}

using Quantities = std::map<std::string, std::int64_t>;

struct Step {
  std::string op;
  std::string sku;
  std::int64_t n;
  std::uint64_t version;  ///< As answered.
  Quantities after;       ///< As answered.
};

/// What the command does to a cart that holds `before`, told in the simplest words.
Quantities after(Quantities before, const Step& step) {
  if (step.op == "clear") return {};
  std::int64_t& quantity = before[step.sku];
  if (step.op == "add") quantity += step.n;
  if (step.op == "remove") quantity = std::max<std::int64_t>(quantity - step.n, 0);
  if (step.op == "set") quantity = step.n;
  if (quantity == 0) before.erase(step.sku);
  return before;
}

Quantities items_of(const std::string& body) {
  Quantities items;
  const auto cart = nlohmann::json::parse(body);
  for (const auto& item : cart.at("items")) items[item.at("sku")] = item.at("quantity");
  return items;
}

Step random_step(std::mt19937& random) {
  const std::vector<std::string> ops{"add", "add", "add", "remove", "remove", "set", "clear"};
  return {ops[random() % ops.size()],
          std::string(1, static_cast<char>('A' + random() % 3)),
          static_cast<std::int64_t>(1 + random() % 5),
          0,
          {}};
}

HttpResponse send(HttpClient& client, const Step& step) {
  const std::string items = "/v1/carts/mixed/items";
  const std::string number = std::to_string(step.n);
  if (step.op == "add") return client.post(items, R"({"sku":")" + step.sku + R"(","quantity":)" + number + "}");
  if (step.op == "remove") return client.erase(items + "/" + step.sku + "?quantity=" + number);
  if (step.op == "set") return client.put(items + "/" + step.sku, R"({"quantity":)" + number + "}");
  return client.erase(items);
}

TEST_P(ConcurrencyTest, MixedCommandsEndWhereOneOrderOfThemEnds) {
  const auto seed = test_seed();
  std::map<std::uint64_t, std::vector<Step>> by_version;
  std::mutex mutex;
  on_threads(16, [&](int number) {
    std::mt19937 random(seed + static_cast<unsigned>(number));
    HttpClient client(number % 2 == 0 ? one_.port() : two_.port());
    for (int i = 0; i < 60; ++i) {
      Step step = random_step(random);
      const HttpResponse response = send(client, step);
      ASSERT_EQ(response.status, 200) << response.body;
      step.version = nlohmann::json::parse(response.body).at("version");
      step.after = items_of(response.body);
      const std::lock_guard lock(mutex);
      by_version[step.version].push_back(step);
    }
  });

  // Each version was made by one command; those answered with the same version changed nothing.
  Quantities cart;
  std::uint64_t version = 0;
  for (const auto& [answered, steps] : by_version) {
    if (answered != version) {
      ASSERT_EQ(answered, version + 1) << "a version is missing";
      const auto maker = std::find_if(steps.begin(), steps.end(), [&](const Step& step) {
        const Quantities made = after(cart, step);
        return made != cart && made == step.after;
      });
      ASSERT_NE(maker, steps.end()) << "no command explains version " << answered;
      cart = maker->after;
      version = answered;
    }
    for (const Step& step : steps) {
      EXPECT_EQ(step.after, cart) << step.op << " at version " << answered;
    }
    const auto idle =
        std::count_if(steps.begin(), steps.end(), [&](const Step& step) { return after(cart, step) == cart; });
    EXPECT_GE(idle + 1, static_cast<std::ptrdiff_t>(steps.size()))
        << "two commands changed the cart under version " << answered;
  }
  EXPECT_EQ(items_of(HttpClient(one_.port()).get("/v1/carts/mixed").body), cart);
}

INSTANTIATE_TEST_SUITE_P(Servers, ConcurrencyTest, testing::ValuesIn(server_binaries()), parameter_name);

}  // namespace
}  // namespace cartd::test
