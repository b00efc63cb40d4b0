// Checkouts and orders over HTTP.
#include "rest/http_fixture.h"

#include <string>

namespace cartd::test {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

class HttpCheckouts : public HttpTest {
 protected:
  void fill() {
    client().post("/v1/carts/c/items",
                  R"({"sku":"MUG","quantity":2,"name":"Mug","unit_price":{"amount_minor":1200,"currency":"EUR"}})");
    client().post("/v1/carts/c/items", R"({"sku":"TEE","line":"red"})");
  }
  HttpResponse begin(const std::string& body = "") { return client().post("/v1/carts/c/checkouts", body); }
  HttpResponse complete(const std::string& id, const std::string& body = "") {
    return client().post("/v1/carts/c/checkouts/" + id + "/complete", body);
  }
  HttpResponse abort(const std::string& id) { return client().post("/v1/carts/c/checkouts/" + id + "/abort", ""); }
  json checkout(const std::string& id) { return json::parse(client().get("/v1/carts/c/checkouts/" + id).body); }
  static std::string id_of(const HttpResponse& response) { return json::parse(response.body).at("id"); }
};

TEST_F(HttpCheckouts, ACheckoutBecomesAnOrder) {
  serve();
  fill();
  client().patch("/v1/carts/c", R"({"user_id":"u1","metadata":{"coupon":"TEN"}})");
  const HttpResponse begun = begin(R"({"metadata":{"way":"post"}})");
  EXPECT_EQ(begun.status, 201) << begun.body;
  const json shown = json::parse(begun.body);
  EXPECT_EQ(shown.at("state"), "open");
  EXPECT_EQ(shown.at("cart_id"), "c");
  EXPECT_EQ(shown.at("user_id"), "u1");
  EXPECT_EQ(shown.at("cart_metadata"), json::parse(R"({"coupon":"TEN"})"));
  EXPECT_EQ(shown.at("metadata"), json::parse(R"({"way":"post"})"));
  EXPECT_EQ(shown.at("items").size(), 2U);
  EXPECT_EQ(shown.at("totals"), json::parse(R"([{"amount_minor":2400,"currency":"EUR"}])"));
  const std::string id = shown.at("id");

  EXPECT_EQ(begin(R"({"metadata":{"way":"post"}})").status, 200);
  const HttpResponse completed = complete(id, R"({"payment_ref":"pi_1"})");
  EXPECT_EQ(completed.status, 201) << completed.body;
  const json order = json::parse(completed.body);
  EXPECT_EQ(order.at("id"), id);
  EXPECT_EQ(order.at("payment_ref"), "pi_1");
  EXPECT_EQ(order.at("late"), false);
  EXPECT_EQ(order.at("shortfall"), json::array());
  EXPECT_EQ(cart("c").at("items"), json::array());

  const HttpResponse again = complete(id);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(json::parse(again.body), order);
  EXPECT_EQ(json::parse(client().get("/v1/orders/" + id).body), order);
  EXPECT_EQ(json::parse(client().get("/v1/carts/c/orders").body).at("orders"), json::array({order}));
  EXPECT_EQ(checkout(id).at("state"), "completed");
  EXPECT_EQ(checkout(id).at("order").at("payment_ref"), "pi_1");
}

TEST_F(HttpCheckouts, TheShopsPricesAndItsStockAreCompared) {
  serve();
  fill();
  const std::string body =
      R"("prices":[{"sku":"MUG","unit_price":{"amount_minor":1300,"currency":"EUR"}}],
         "available":[{"sku":"TEE","line":"red","quantity":0}])";
  const HttpResponse changed = begin("{" + body + "}");
  EXPECT_EQ(changed.status, 409);
  EXPECT_EQ(problem_code(changed), "changed");
  EXPECT_EQ(json::parse(changed.body).at("lines"),
            json::parse(R"([{"sku":"MUG","quantity":2,"unit_price":{"amount_minor":1300,"currency":"EUR"},
                             "price_was":{"amount_minor":1200,"currency":"EUR"}},
                            {"sku":"TEE","line":"red","quantity":1,"available":0}])"));
  EXPECT_EQ(json::parse(client().get("/v1/carts/c/checkouts").body).at("checkouts"), json::array());
  const HttpResponse accepted = begin(R"({"accept":true,)" + body + "}");
  EXPECT_EQ(accepted.status, 201) << accepted.body;
  EXPECT_EQ(json::parse(accepted.body).at("items").size(), 1U);
  EXPECT_EQ(cart("c").at("items")[0].at("price_was"), json::parse(R"({"amount_minor":1200,"currency":"EUR"})"));
}

TEST_F(HttpCheckouts, EachStateIsShown) {
  service_options.policy.limits.checkout_ttl = 1ms;
  serve();
  fill();
  const std::string expired = id_of(begin());
  while (checkout(expired).at("state") == "open") continue;
  EXPECT_EQ(checkout(expired).at("state"), "expired");
  const json order = json::parse(complete(expired, R"({"strict":true})").body);
  EXPECT_EQ(order.at("late"), true);
}

TEST_F(HttpCheckouts, OnesThatAreOverAreListed) {
  serve();
  fill();
  const std::string superseded = id_of(begin());
  fill();
  const std::string aborted = id_of(begin());
  EXPECT_EQ(json::parse(abort(aborted).body).at("state"), "aborted");
  fill();
  const std::string open = id_of(begin());
  std::map<std::string, std::string> states;
  const json list = json::parse(client().get("/v1/carts/c/checkouts").body);
  for (const json& one : list.at("checkouts")) states[one.at("id")] = one.at("state");
  EXPECT_EQ(states,
            (std::map<std::string, std::string>{{superseded, "superseded"}, {aborted, "aborted"}, {open, "open"}}));
}

TEST_F(HttpCheckouts, WhatIsMissingStandsInTheOrderOrIsRefused) {
  serve();
  fill();
  const std::string id = id_of(begin());
  client().erase("/v1/carts/c/items/MUG?quantity=1");
  const HttpResponse strict = complete(id, R"({"strict":true})");
  EXPECT_EQ(problem_code(strict), "changed");
  EXPECT_EQ(json::parse(strict.body).at("lines"), json::parse(R"([{"sku":"MUG","quantity":2,"available":1}])"));
  EXPECT_EQ(json::parse(complete(id).body).at("shortfall"),
            json::parse(R"([{"sku":"MUG","quantity":2,"available":1}])"));
}

TEST_F(HttpCheckouts, WhatCannotBeDoneSaysWhy) {
  serve();
  EXPECT_EQ(problem_code(begin()), "nothing-to-buy");
  fill();
  const std::string id = id_of(begin());
  EXPECT_EQ(complete("AAAAAAAAAAAAAAAA").status, 404);
  EXPECT_EQ(complete("x").status, 404);
  EXPECT_EQ(abort("AAAAAAAAAAAAAAAA").status, 404);
  EXPECT_EQ(client().post("/v1/carts/other/checkouts/" + id + "/complete", "").status, 404) << "another cart's";
  EXPECT_EQ(client().get("/v1/carts/other/checkouts/" + id).status, 404);
  EXPECT_EQ(client().get("/v1/orders/" + id).status, 404) << "not an order yet";
  EXPECT_EQ(complete(id, R"({"payment_ref":"pi_1"})").status, 201);
  EXPECT_EQ(problem_code(abort(id)), "already-completed");
  fill();
  const std::string next = id_of(begin());
  EXPECT_EQ(problem_code(complete(next, R"({"payment_ref":"pi_1"})")), "payment-ref-used");
}

TEST_F(HttpCheckouts, BadBodiesAreRefusedAndPointedTo) {
  serve();
  fill();
  const auto pointer = [](const HttpResponse& response) {
    EXPECT_EQ(response.status, 422) << response.body;
    return json::parse(response.body).value("pointer", "");
  };
  EXPECT_EQ(begin("{").status, 400);
  EXPECT_EQ(pointer(begin("[]")), "");
  EXPECT_EQ(pointer(begin(R"({"price":1})")), "/price");
  EXPECT_EQ(pointer(begin(R"({"accept":1})")), "/accept");
  EXPECT_EQ(pointer(begin(R"({"metadata":[]})")), "/metadata");
  EXPECT_EQ(pointer(begin(R"({"prices":{}})")), "/prices");
  EXPECT_EQ(pointer(begin(R"({"prices":[{"sku":"MUG"}]})")), "/prices/0/unit_price");
  EXPECT_EQ(pointer(begin(R"({"prices":[{"sku":"MUG","unit_price":{"amount_minor":-1,"currency":"EUR"}}]})")),
            "/prices");
  EXPECT_EQ(pointer(begin(R"({"prices":[{"sku":"MUG","unit_price":{"amount_minor":1,"currency":"USD"}}]})")),
            "/prices");
  EXPECT_EQ(pointer(begin(R"({"available":[{"sku":"MUG"}]})")), "/available/0/quantity");
  EXPECT_EQ(pointer(begin(R"({"available":[{"sku":"MUG","quantity":-1}]})")), "/available");
  EXPECT_EQ(pointer(begin(R"({"available":[{"sku":"MUG","quantity":1},{"sku":"MUG","quantity":2}]})")), "/available/1");
  const std::string id = id_of(begin());
  EXPECT_EQ(pointer(complete(id, R"({"payment_ref":""})")), "/payment_ref");
  EXPECT_EQ(pointer(complete(id, R"({"strict":"yes"})")), "/strict");
  EXPECT_EQ(pointer(complete(id, R"({"ref":"x"})")), "/ref");
  EXPECT_EQ(checkout(id).at("state"), "open");
}

TEST_F(HttpCheckouts, OnlyBeginningTakesAVersion) {
  serve();
  fill();
  EXPECT_EQ(client().request("POST", "/v1/carts/c/checkouts", "", {{"If-Match", "\"9\""}}).status, 412);
  const HttpResponse begun = client().request("POST", "/v1/carts/c/checkouts", "", {{"If-Match", "\"2\""}});
  EXPECT_EQ(begun.status, 201);
  const std::string path = "/v1/carts/c/checkouts/" + id_of(begun);
  EXPECT_EQ(client().request("POST", path + "/complete", "", {{"If-Match", "\"2\""}}).status, 422);
  EXPECT_EQ(client().request("POST", path + "/complete", "", {{"Idempotency-Key", "k"}}).status, 201);
}

TEST_F(HttpCheckouts, WhatWasDoneIsAnsweredWhereTheStoresAnswerWasLost) {
  serve();
  fill();
  faults.lose_next_answer();
  const HttpResponse begun = begin();
  EXPECT_EQ(begun.status, 201) << begun.body;
  EXPECT_EQ(begin().status, 200);
  faults.lose_next_answer();
  EXPECT_EQ(id_of(begin()), id_of(begun));
  faults.lose_next_answer();
  EXPECT_EQ(json::parse(abort(id_of(begun)).body).at("state"), "aborted");
  faults.lose_next_answer();
  const HttpResponse completed = complete(id_of(begun));
  EXPECT_EQ(completed.status, 201) << completed.body;
  EXPECT_EQ(json::parse(client().get("/v1/carts/c/orders").body).at("orders").size(), 1U);
}

TEST_F(HttpCheckouts, WithoutTheStoreThereIsNone) {
  open_journal();
  serve();
  fill();
  const std::string id = id_of(begin());
  faults.fail_with(Error{Errc::unavailable, "gone"});
  EXPECT_EQ(problem_code(begin()), "degraded");
  EXPECT_EQ(problem_code(complete(id)), "degraded");
  EXPECT_EQ(problem_code(client().get("/v1/carts/c/orders")), "degraded");
  EXPECT_EQ(client().post("/v1/carts/c/items", R"({"sku":"NEW"})").status, 200) << "adding goes on";
  faults.fail_with(std::nullopt);
  const json order = json::parse(complete(id).body);
  EXPECT_EQ(order.at("items").size(), 2U);
}

}  // namespace
}  // namespace cartd::test
