// Browser, payment webhook, an add and a reader at the same checkout, many times on each store (TEST_ROUNDS times, if
// that is set): one order each, no add lost, no cart back.
#include "faults/load.h"
#include "faults/store_races.h"
#include "support/http_client.h"
#include "support/parameter_name.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <barrier>
#include <map>
#include <string>

namespace cartd::test {
namespace {

using nlohmann::json;

using CheckoutRaces = StoreRaces;

TEST_P(CheckoutRaces, MakeOneOrderAndLoseNoAdd) {
  struct Round {
    std::string cart{};
    std::string checkout{};
    HttpResponse browser{};
    HttpResponse webhook{};
  };
  Round round;
  std::barrier<> start(5);
  std::barrier<> end(5);
  std::atomic<bool> is_over = false;
  // Whoever fails must not let the others wait for ever: answers are looked at when all four have theirs.
  on_threads(5, [&](int number) {
    HttpClient client(port(number));
    for (int i = 0; i < its_rounds(); ++i) {
      if (number == 4) {
        round = Round{"race" + std::to_string(i)};
        const std::string path = "/v1/carts/" + round.cart;
        (void)client.post(path + "/items", R"({"sku":"MUG","quantity":2})");
        if (i % 3 == 0) (void)client.post(path + "/items", R"({"sku":"GONE"})");
        round.checkout = json::parse(client.post(path + "/checkouts", "").body).value("id", "");
      }
      start.arrive_and_wait();
      const std::string path = "/v1/carts/" + round.cart;
      const std::string complete = path + "/checkouts/" + round.checkout + "/complete";
      if (number == 0) round.browser = client.post(complete, "");
      if (number == 1) round.webhook = client.post(complete, R"({"payment_ref":"pi_1"})");
      if (number == 2) (void)client.post(path + "/commands", R"([{"op":"add","sku":"MUG"},{"op":"add","sku":"TEE"}])");
      if (number == 3) (void)client.get(path + "/orders");
      end.arrive_and_wait();
      if (number != 4 || is_over) continue;

      const json browser = json::parse(round.browser.body);
      const json orders = json::parse(client.get(path + "/orders").body).at("orders");
      const json cart = json::parse(client.get(path).body);
      EXPECT_EQ(round.browser.status + round.webhook.status, 401) << "one made the order, and one found it";
      EXPECT_EQ(json::parse(round.webhook.body), browser);
      EXPECT_EQ(orders, json::array({browser}));
      EXPECT_EQ(browser.at("shortfall"), json::array());
      EXPECT_EQ(browser.at("late"), false);
      std::map<std::string, int> all = pieces_of(cart.at("items"));
      for (const auto& [sku, count] : pieces_of(browser.at("items"))) all[sku] += count;
      std::map<std::string, int> acknowledged{{"MUG", 3}, {"TEE", 1}};
      if (i % 3 == 0) acknowledged["GONE"] = 1;
      EXPECT_EQ(all, acknowledged);
      EXPECT_EQ(client.erase(path).status, 204);
      EXPECT_EQ(json::parse(client.post(complete, "").body), browser);
      EXPECT_EQ(json::parse(client.get(path).body).at("items"), json::array()) << "the cart came back";
      is_over = testing::Test::HasFailure();
      if (is_over) ADD_FAILURE() << "in round " << i;
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Stores, CheckoutRaces, testing::ValuesIn(race_stores()), parameter_name);

}  // namespace
}  // namespace cartd::test
