// cartd beside the JSON carts of another service, as processes.
#include "apps/programs.h"
#include "support/redis_server.h"
#include "support/seed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace cartd::test {
namespace {

using testing::HasSubstr;

const std::vector<std::string> adopting{"--adopt-json-carts", "EUR", "--store-deadline", "20s"};

std::string path_of(int cart) { return "/v1/carts/c" + std::to_string(cart); }

struct Addition {
  int cart;
  std::string sku;
  int quantity;
};

/// As the other service writes them, with one to three lines.
std::map<std::string, int> write_cart(RedisProbe& redis, int cart) {
  std::map<std::string, int> lines;
  std::string items;
  for (int i = 0; i <= cart % 3; ++i) {
    const std::string sku = "P" + std::to_string(i);
    lines[sku] = i + 1;
    items += (i ? "," : "") + (R"({"product_id":")" + sku) + R"(","name":"N","price":1.5,"quantity":)" +
             std::to_string(i + 1) + R"(,"metadata":{"i":)" + std::to_string(i) + "}}";
  }
  redis.text({"SET", "cart:c" + std::to_string(cart), R"({"user_id":7,"items":[)" + items + "]}", "EX", "3600"});
  return lines;
}

/// Sends those whose number is `first` more than a multiple of `step`. Answers how many were refused.
int send(const RunningCartd& cartd, const std::vector<Addition>& all, std::size_t first, std::size_t step) {
  int refused = 0;
  for (std::size_t i = first; i < all.size(); i += step) {
    const std::string body = R"({"sku":")" + all[i].sku + R"(","quantity":)" + std::to_string(all[i].quantity) + "}";
    if (cartd.ask("POST", path_of(all[i].cart) + "/items", body).status >= 300) ++refused;
  }
  return refused;
}

TEST(AdoptionProgram, TenThousandCartsUnderLoadKeepEveryCommand) {
  constexpr int carts = 10'000;
  RedisServer server;
  RedisProbe redis = server.probe();
  const Variables variables{{"REDIS_URL", server.url()}};
  const std::array<RunningCartd, 2> cartds{RunningCartd(adopting, variables), RunningCartd(adopting, variables)};
  std::mt19937 random(test_seed());
  std::vector<std::map<std::string, int>> expected;
  std::vector<Addition> additions;
  for (int cart = 0; cart < carts; ++cart) {
    expected.push_back(write_cart(redis, cart));
    for (unsigned i = 0; i <= random() % 2; ++i) {
      const Addition one{cart, random() % 2 == 0 ? "P0" : "NEW", static_cast<int>(random() % 9) + 1};
      expected.back()[one.sku] += one.quantity;
      additions.push_back(one);
    }
  }
  std::shuffle(additions.begin(), additions.end(), random);
  std::atomic<int> refused = 0;
  std::vector<std::jthread> clients;
  for (std::size_t i = 0; i < 4; ++i)
    clients.emplace_back([&, i] { refused += send(cartds.at(i % 2), additions, i, 4); });
  clients.clear();
  EXPECT_EQ(refused, 0);
  for (int cart = 0; cart < carts; ++cart) {
    const RedisValue hash = redis.command({"HGETALL", "cart:c" + std::to_string(cart)});
    std::map<std::string, int> lines;
    for (std::size_t i = 0; i + 1 < hash.elements.size(); i += 2)
      lines[hash.elements[i].text] = std::stoi(hash.elements[i + 1].text);
    ASSERT_EQ(lines, expected[static_cast<std::size_t>(cart)]) << path_of(cart);
  }
  EXPECT_THAT(cartds[0].ask("GET", path_of(2)).body,
              HasSubstr(R"("unit_price":{"amount_minor":150,"currency":"EUR"})"));
}

TEST(AdoptionProgram, OperatorsSeeWhatIsAdoptedAndWhatIsNot) {
  RedisServer server;
  RedisProbe redis = server.probe();
  redis.text({"SET", "cart:good", R"({"items":[{"product_id":"A","price":1.5,"quantity":1}]})"});
  redis.text({"SET", "cart:bad", R"({"items":[{"product_id":"A","price":1.555,"quantity":1}]})"});
  const Variables variables{{"REDIS_URL", server.url()}};
  {
    const RunningCartd without({"--store-deadline", "20s"}, variables);
    EXPECT_EQ(without.ask("GET", "/v1/carts/good").status, 500U);
    EXPECT_THAT(without.ask("GET", "/v1/carts/good").body, HasSubstr("--adopt-json-carts"));
  }
  const Ended doctor = run_cartctl({"doctor"}, variables);
  EXPECT_THAT(doctor.out, HasSubstr("2 of 2 cart keys are strings"));
  EXPECT_THAT(doctor.out, HasSubstr("--adopt-json-carts"));
  const RunningCartd cartd(adopting, variables);
  EXPECT_EQ(cartd.ask("GET", "/readyz").status, 200U);
  EXPECT_EQ(cartd.ask("POST", "/v1/carts/good/items", R"({"sku":"A"})").status, 200U);
  const cartctl::HttpAnswer corrupt = cartd.ask("POST", "/v1/carts/bad/items", R"({"sku":"A"})");
  EXPECT_EQ(corrupt.status, 500U);
  EXPECT_THAT(corrupt.body, HasSubstr("/items/0/price has more decimals than EUR"));
  const std::string metrics = cartd.ask("GET", "/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("cartd_json_carts_total{outcome=\"adopted\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("cartd_json_carts_total{outcome=\"corrupt\"} 1"));
  EXPECT_TRUE(cartd.logs("a JSON cart is corrupt and not adopted")) << cartd.log();
  const Ended exported = cartd.cartctl({"export", "-"});
  EXPECT_NE(exported.code, 0);
  EXPECT_THAT(exported.out + exported.err, HasSubstr("bad"));
  redis.text({"ACL", "SETUSER", "default", "-getrange"});
  const cartctl::HttpAnswer ready = cartd.ask("GET", "/readyz");
  EXPECT_EQ(ready.status, 503U);
  EXPECT_THAT(ready.body, HasSubstr("does not permit GETRANGE"));
}

}  // namespace
}  // namespace cartd::test
