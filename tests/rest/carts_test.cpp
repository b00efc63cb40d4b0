// Carts over HTTP: every route, and what it answers.
#include "rest/http_fixture.h"

namespace cartd::test {
namespace {

using nlohmann::json;

class HttpCarts : public HttpTest {
 protected:
  HttpCarts() { serve(); }
};

TEST_F(HttpCarts, ACartThatNobodyWroteToIsEmptyWithVersion0) {
  const HttpResponse response = client().get("/v1/carts/new");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("etag"), "\"0\"");
  EXPECT_EQ(response.header("content-type"), "application/json");
  EXPECT_FALSE(response.header("date").empty());
  EXPECT_EQ(response.headers.count("server"), 0u);
  const json cart = json::parse(response.body);
  EXPECT_EQ(cart.at("id"), "new");
  EXPECT_EQ(cart.at("version"), 0);
  EXPECT_EQ(cart.at("items"), json::array());
  EXPECT_EQ(cart.at("durability"), "memory");
  EXPECT_EQ(cart.at("degraded"), false);
}

TEST_F(HttpCarts, AnItemIsAdded) {
  const HttpResponse response =
      client().post("/v1/carts/123/items",
                    R"({"sku":"SKU123","quantity":2,"name":"Mug","unit_price":{"amount_minor":1299,"currency":"EUR"},)"
                    R"("metadata":{"colour":"blue"}})");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.header("etag"), "\"1\"");
  const json cart = json::parse(response.body);
  EXPECT_EQ(cart.at("version"), 1);
  EXPECT_EQ(cart.at("item_count"), 2);
  EXPECT_EQ(cart.at("line_count"), 1);
  EXPECT_EQ(cart.at("totals"), json::parse(R"([{"amount_minor":2598,"currency":"EUR"}])"));
  const json item = cart.at("items").at(0);
  EXPECT_EQ(item.at("sku"), "SKU123");
  EXPECT_EQ(item.at("name"), "Mug");
  EXPECT_EQ(item.at("metadata"), json::parse(R"({"colour":"blue"})"));
}

TEST_F(HttpCarts, AddingTwiceAddsUp) {
  client().post("/v1/carts/a/items", R"({"sku":"s","quantity":2})");
  client().post("/v1/carts/a/items", R"({"sku":"s"})");
  const json now = cart("a");
  EXPECT_EQ(now.at("items"), json::parse(R"([{"sku":"s","quantity":3}])"));
  EXPECT_EQ(now.at("version"), 2);
}

TEST_F(HttpCarts, AnItemIsSetAndSetTo0Removed) {
  EXPECT_EQ(client().put("/v1/carts/a/items/s", R"({"quantity":5})").status, 200);
  EXPECT_EQ(cart("a").at("items").at(0).at("quantity"), 5);
  EXPECT_EQ(client().put("/v1/carts/a/items/s", R"({"quantity":0})").status, 200);
  EXPECT_EQ(cart("a").at("items"), json::array());
}

TEST_F(HttpCarts, AMemberThatIsNullIsLeftOut) {
  const std::string nothing = R"("name":null,"unit_price":null,"metadata":null)";
  EXPECT_EQ(client().post("/v1/carts/a/items", R"({"sku":"s","quantity":null,)" + nothing + "}").status, 200);
  EXPECT_EQ(client().put("/v1/carts/a/items/t", R"({"quantity":2,)" + nothing + "}").status, 200);
  EXPECT_EQ(client().post("/v1/carts/a/commands", R"([{"op":"remove","sku":"t","quantity":null}])").status, 200);
  EXPECT_EQ(cart("a").at("items"), json::parse(R"([{"sku":"s","quantity":1},{"sku":"t","quantity":1}])"));
  EXPECT_EQ(client().post("/v1/carts/a/items", R"({"sku":null})").status, 422);
  EXPECT_EQ(client().put("/v1/carts/a/items/t", R"({"quantity":null})").status, 422);
}

TEST_F(HttpCarts, ASkuMayHoldAnyText) {
  const HttpResponse response = client().put("/v1/carts/a/items/%E2%98%95%2F%201%22%3F", R"({"quantity":1})");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(cart("a").at("items").at(0).at("sku"), "\xE2\x98\x95/ 1\"?");
  EXPECT_EQ(client().erase("/v1/carts/a/items/%E2%98%95%2F%201%22%3F").status, 200);
  EXPECT_EQ(cart("a").at("items"), json::array());
}

TEST_F(HttpCarts, SomeOfAnItemIsRemovedAndNeverBelow0) {
  client().put("/v1/carts/a/items/s", R"({"quantity":5})");
  EXPECT_EQ(json::parse(client().erase("/v1/carts/a/items/s?quantity=2").body).at("items").at(0).at("quantity"), 3);
  EXPECT_EQ(json::parse(client().erase("/v1/carts/a/items/s?quantity=9").body).at("items"), json::array());
  EXPECT_EQ(client().erase("/v1/carts/a/items/s?quantity=1").status, 200);
}

TEST_F(HttpCarts, AnItemIsRemovedWhateverItsQuantity) {
  client().put("/v1/carts/a/items/s", R"({"quantity":5})");
  const HttpResponse response = client().erase("/v1/carts/a/items/s");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("etag"), "\"2\"");
  EXPECT_EQ(json::parse(response.body).at("items"), json::array());
}

TEST_F(HttpCarts, ClearingKeepsTheCartAndItsVersion) {
  client().put("/v1/carts/a/items/s", R"({"quantity":5})");
  client().patch("/v1/carts/a", R"({"metadata":{"note":"gift"}})");
  const HttpResponse response = client().erase("/v1/carts/a/items");
  EXPECT_EQ(response.status, 200);
  const json now = json::parse(response.body);
  EXPECT_EQ(now.at("items"), json::array());
  EXPECT_EQ(now.at("version"), 3);
  EXPECT_EQ(now.at("metadata"), json::parse(R"({"note":"gift"})"));
}

TEST_F(HttpCarts, ACartGetsAnOwnerAndMetadata) {
  const HttpResponse response = client().patch("/v1/carts/a", R"({"user_id":"u1","metadata":{"k":[1,2]}})");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(cart("a").at("user_id"), "u1");
  EXPECT_EQ(cart("a").at("metadata"), json::parse(R"({"k":[1,2]})"));
  EXPECT_EQ(client().patch("/v1/carts/a", R"({"user_id":null})").status, 200);
  EXPECT_FALSE(cart("a").contains("user_id"));
}

TEST_F(HttpCarts, APatchMayBeAMergePatchWhoseNullsRemove) {
  const HttpHeaders merge_patch{{"Content-Type", "application/merge-patch+json"}};
  EXPECT_EQ(client().patch("/v1/carts/a", R"({"user_id":"u1","metadata":{"k":1}})", merge_patch).status, 200);
  EXPECT_EQ(cart("a").at("user_id"), "u1");
  EXPECT_EQ(client().patch("/v1/carts/a", R"({"metadata":null})", merge_patch).status, 200);
  EXPECT_FALSE(cart("a").contains("metadata"));
  EXPECT_EQ(cart("a").at("user_id"), "u1");
  EXPECT_EQ(client().patch("/v1/carts/a", R"({"user_id":null})").status, 200);
  EXPECT_FALSE(cart("a").contains("user_id"));
  const HttpResponse refused = client().patch("/v1/carts/a", "[]", {{"Content-Type", "application/json-patch+json"}});
  EXPECT_EQ(refused.status, 415);
  EXPECT_EQ(refused.header("accept-patch"), "application/merge-patch+json, application/json, application/msgpack");
}

TEST_F(HttpCarts, APatchLeavesMetadataThatItDoesNotName) {
  client().patch("/v1/carts/a", R"({"metadata":{"coupon":"X","n":1.0}})");
  client().patch("/v1/carts/a", R"({"metadata":{"note":"ring twice"}})");
  EXPECT_EQ(cart("a").at("metadata"), json::parse(R"({"coupon":"X","n":1.0,"note":"ring twice"})"));
  client().patch("/v1/carts/a", R"({"metadata":{"coupon":null}})");
  EXPECT_EQ(cart("a").at("metadata"), json::parse(R"({"n":1.0,"note":"ring twice"})"));
}

TEST_F(HttpCarts, LinesOfOneSkuAreToldApartByALabel) {
  client().post("/v1/carts/a/items", R"({"sku":"mug","quantity":2})");
  client().post("/v1/carts/a/items", R"({"sku":"mug","line":"ä/b","quantity":3})");
  const HttpResponse added = client().post("/v1/carts/a/items", R"({"sku":"mug","line":"ä/b"})");
  EXPECT_EQ(json::parse(added.body).at("items"),
            json::parse(R"([{"sku":"mug","quantity":2},{"sku":"mug","line":"ä/b","quantity":4}])"));
  EXPECT_EQ(client().put("/v1/carts/a/items/mug?line=%C3%A4%2Fb", R"({"quantity":9})").status, 200);
  EXPECT_EQ(client().erase("/v1/carts/a/items/mug?quantity=1&line=%C3%A4%2Fb").status, 200);
  EXPECT_EQ(cart("a").at("items").at(1).at("quantity"), 8);
  EXPECT_EQ(client().erase("/v1/carts/a/items/mug").status, 200);
  EXPECT_EQ(cart("a").at("items"), json::parse(R"([{"sku":"mug","line":"ä/b","quantity":8}])"));
  EXPECT_EQ(client().erase("/v1/carts/a/items/mug?line=%C3%A4%2Fb").status, 200);
  EXPECT_EQ(cart("a").at("items"), json::array());
}

TEST_F(HttpCarts, LinesOfOneSkuAreToldApartByOptions) {
  client().post("/v1/carts/a/items", R"({"sku":"mug","options":{"colour":"red","size":"L"},"name":"Mug"})");
  client().post("/v1/carts/a/items", R"({"sku":"mug","options":{"size":"L","colour":"red"},"quantity":2})");
  client().post("/v1/carts/a/items", R"({"sku":"mug","options":{"colour":"blue"}})");
  const json items = cart("a").at("items");
  ASSERT_EQ(items.size(), 2U) << items;
  const std::size_t red = items.at(0).contains("name") ? 0 : 1;
  EXPECT_EQ(items.at(red).at("quantity"), 3);
  EXPECT_EQ(items.at(red).at("options"), json::parse(R"({"colour":"red","size":"L"})"));
  EXPECT_EQ(items.at(red).at("name"), "Mug");
  EXPECT_EQ(items.at(1 - red).at("options"), json::parse(R"({"colour":"blue"})"));
  const std::string line = "?line=" + items.at(red).at("line").get<std::string>();
  EXPECT_EQ(client().put("/v1/carts/a/items/mug" + line, R"({"quantity":7})").status, 200);
  EXPECT_EQ(client().put("/v1/carts/a/items/mug", R"({"quantity":8,"options":{"size":"L","colour":"red"}})").status,
            200);
  EXPECT_EQ(cart("a").at("line_count"), 2);
  EXPECT_EQ(client().erase("/v1/carts/a/items/mug" + line).status, 200);
  EXPECT_EQ(cart("a").at("line_count"), 1);
}

TEST_F(HttpCarts, APatchOfALineLeavesItsQuantityAlone) {
  client().post("/v1/carts/a/items",
                R"({"sku":"s","quantity":2,"name":"Mug","unit_price":{"amount_minor":1299,"currency":"EUR"},)"
                R"("metadata":{"a":1,"b":2}})");
  const HttpHeaders merge_patch{{"Content-Type", "application/merge-patch+json"}};
  const HttpResponse response =
      client().patch("/v1/carts/a/items/s", R"({"unit_price":null,"metadata":{"a":null,"c":3}})", merge_patch);
  EXPECT_EQ(response.status, 200) << response.body;
  const json item = cart("a").at("items").at(0);
  EXPECT_EQ(item.at("quantity"), 2);
  EXPECT_EQ(item.at("name"), "Mug");
  EXPECT_FALSE(item.contains("unit_price"));
  EXPECT_EQ(item.at("metadata"), json::parse(R"({"b":2,"c":3})"));
  EXPECT_EQ(client().patch("/v1/carts/a/items/s", R"({"name":null,"metadata":null})").status, 200);
  EXPECT_EQ(cart("a").at("items"), json::parse(R"([{"sku":"s","quantity":2}])"));
}

TEST_F(HttpCarts, APatchOfALineThatIsNotThereIsRefused) {
  client().post("/v1/carts/a/items", R"({"sku":"s","line":"red"})");
  for (const char* target : {"/v1/carts/a/items/s", "/v1/carts/a/items/s?line=blue", "/v1/carts/new/items/s"}) {
    const HttpResponse response = client().patch(target, R"({"name":"Mug"})");
    EXPECT_EQ(response.status, 404) << target;
    EXPECT_EQ(json::parse(response.body).at("type"), "urn:cartd:not-found");
  }
  EXPECT_EQ(cart("a").at("version"), 1);
  const HttpResponse batch = client().post("/v1/carts/a/commands", R"([{"op":"add","sku":"t"},)"
                                                                   R"({"op":"describe","sku":"s","name":"Mug"}])");
  EXPECT_EQ(batch.status, 404);
  EXPECT_EQ(json::parse(batch.body).at("pointer"), "/1");
  EXPECT_EQ(cart("a").at("line_count"), 1);
}

TEST_F(HttpCarts, LabelsThatAreNotAllowedAreRefused) {
  for (const char* query : {"?line=", "?line=a%1Fb", "?line=%FF", "?line=%0A"}) {
    const HttpResponse response = client().erase(std::string("/v1/carts/a/items/s") + query);
    EXPECT_EQ(response.status, 422) << query;
  }
  EXPECT_EQ(client().put("/v1/carts/a/items/s?line=a", R"({"quantity":1,"options":{"b":1}})").status, 422);
  EXPECT_EQ(client().erase("/v1/carts/a/items/s%1Fa").status, 422) << "a label is no part of a SKU";
}

TEST_F(HttpCarts, SeveralCommandsAreOneChange) {
  const HttpResponse response = client().post(
      "/v1/carts/a/commands",
      R"([{"op":"add","sku":"x","quantity":3},{"op":"set","sku":"y","quantity":2},{"op":"remove","sku":"x",)"
      R"("quantity":1}])");
  EXPECT_EQ(response.status, 200) << response.body;
  const json now = json::parse(response.body);
  EXPECT_EQ(now.at("version"), 1);
  EXPECT_EQ(now.at("items"), json::parse(R"([{"sku":"x","quantity":2},{"sku":"y","quantity":2}])"));
}

TEST_F(HttpCarts, ABatchOf500LinesWithTheLongestNamesFits) {
  json batch = json::array();
  for (int i = 0; i < 500; ++i)
    batch.push_back({{"op", "add"},
                     {"sku", "SKU-" + std::to_string(10'000 + i)},
                     {"quantity", 2},
                     {"name", std::string(256, 'n')},
                     {"unit_price", {{"amount_minor", 1299}, {"currency", "EUR"}}}});
  const HttpResponse response = client().post("/v1/carts/a/commands", batch.dump());
  EXPECT_EQ(response.status, 200) << response.body.substr(0, 500);
  EXPECT_EQ(json::parse(response.body).at("line_count"), 500);
  EXPECT_EQ(json::parse(response.body).at("item_count"), 1000);
}

TEST_F(HttpCarts, WhenOneOfSeveralCommandsIsNotAllowedNoneIsDone) {
  const HttpResponse response = client().post(
      "/v1/carts/a/commands", R"([{"op":"add","sku":"x","quantity":3},{"op":"add","sku":"y","quantity":1000000}])");
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(json::parse(response.body).at("pointer"), "/1/quantity");
  EXPECT_EQ(cart("a").at("version"), 0);
}

TEST_F(HttpCarts, ASingleCommandsFaultIsPointedAtInItsPlace) {
  const HttpResponse response = client().post("/v1/carts/a/commands", R"([{"op":"add","sku":"y","quantity":1000000}])");
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(json::parse(response.body).at("pointer"), "/0/quantity");
}

TEST_F(HttpCarts, ADeletedCartIsEmptyButItsVersionRises) {
  client().put("/v1/carts/a/items/s", R"({"quantity":5})");
  const HttpResponse response = client().erase("/v1/carts/a");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.header("etag"), "\"2\"");
  EXPECT_EQ(response.headers.count("content-length"), 0u);
  EXPECT_EQ(response.headers.count("content-type"), 0u);
  EXPECT_EQ(cart("a").at("version"), 2);
  EXPECT_EQ(cart("a").at("items"), json::array());
}

TEST_F(HttpCarts, TouchingRenewsTheExpiryAndNothingElse) {
  client().put("/v1/carts/a/items/s", R"({"quantity":5})");
  const json before = cart("a");
  const HttpResponse response = client().get("/v1/carts/a?touch=true");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(json::parse(response.body).at("version"), before.at("version"));
  EXPECT_EQ(client().get("/v1/carts/a?touch=false").status, 200);
  EXPECT_EQ(client().get("/v1/carts/a?touch=yes").status, 422);
  EXPECT_EQ(metric("cartd_http_requests_total{method=\"GET\",route=\"/v1/carts/{cart}\",status=\"422\"}"), 1);
}

TEST_F(HttpCarts, HeadIsGetWithoutTheBody) {
  client().put("/v1/carts/a/items/s", R"({"quantity":5})");
  const HttpResponse get = client().get("/v1/carts/a");
  const HttpResponse head = client().request("HEAD", "/v1/carts/a");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("etag"), get.header("etag"));
  EXPECT_EQ(head.header("content-length"), get.header("content-length"));
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(client().get("/v1/carts/a").body, get.body);
}

TEST_F(HttpCarts, IdsAndSkusThatAreNotAllowedAreRefused) {
  for (const char* path :
       {"/v1/carts/%7Ba%7D", "/v1/carts/a%20b", "/v1/carts/%2A", "/v1/carts/%C3%A4", "/v1/carts/a%00"}) {
    const HttpResponse response = client().get(path);
    EXPECT_EQ(response.status, 422) << path;
    EXPECT_EQ(problem_code(response), "invalid");
  }
  for (const char* path :
       {"/v1/carts/a;b", "/v1/carts/a&b", "/v1/carts/a%3Fb", "/v1/carts/[a]", "/v1/carts/a^b", "/v1/carts/(a)"})
    EXPECT_EQ(client().get(path).status, 422) << path;
  EXPECT_EQ(client().get("/v1/carts/" + std::string(129, 'a')).status, 422);
  EXPECT_EQ(client().get("/v1/carts/" + std::string(128, 'a')).status, 200);
  EXPECT_EQ(client().put("/v1/carts/a/items/%00", R"({"quantity":1})").status, 422);
  EXPECT_EQ(client().put("/v1/carts/a/items/%FF", R"({"quantity":1})").status, 422);
  EXPECT_EQ(client().erase("/v1/carts/a/items/%0A").status, 422);
  EXPECT_EQ(client().erase("/v1/carts/%7B/items").status, 422);
  EXPECT_EQ(client().erase("/v1/carts/%7B").status, 422);
  EXPECT_EQ(client().post("/v1/carts/%7B/commands", "[]").status, 422);
  EXPECT_EQ(client().patch("/v1/carts/%7B", "{}").status, 422);
  EXPECT_EQ(client().post("/v1/carts/%7B/items", "{}").status, 422);
}

TEST_F(HttpCarts, AcceptsPercentEncodedIds) {
  struct Row {
    const char* path;
    const char* id;
  };
  for (const Row& row :
       {Row{"gid:%2F%2Fshopify%2FCart%2FZ2NwLXVzLWVhc3QxOjAx", "gid://shopify/Cart/Z2NwLXVzLWVhc3QxOjAx"},
        {"YWJj+w%2Fk==", "YWJj+w/k=="},
        {"YWJj%2Bw%2Fk%3D%3D", "YWJj+w/k=="},
        {"1|2,3", "1|2,3"},
        {"1%7C2%2C3", "1|2,3"},
        {"$!", "$!"},
        {"...", "..."}}) {
    EXPECT_EQ(client().post(std::string("/v1/carts/") + row.path + "/items", R"({"sku":"s"})").status, 200) << row.path;
    EXPECT_EQ(cart(row.path).at("id"), row.id);
    EXPECT_EQ(client().patch("/v1/carts/a", json{{"user_id", row.id}}.dump()).status, 200) << row.id;
    EXPECT_EQ(cart("a").at("user_id"), row.id);
  }
  EXPECT_EQ(cart("1|2,3").at("version"), 2) << "one cart, however its id was encoded";
}

TEST_F(HttpCarts, DotSegmentsAreNoIdsAndNoSkus) {
  client().put("/v1/carts/a/items/s", R"({"quantity":5})");
  for (const char* dots : {".", "..", "%2e", "%2E%2e", ".%2e"}) {
    const std::string path = std::string("/v1/carts/") + dots;
    const std::string line = std::string("/v1/carts/a/items/") + dots;
    for (const HttpResponse& response :
         {client().get(path), client().erase(path), client().patch(path, R"({"user_id":"u"})"),
          client().erase(path + "/items"), client().post(path + "/items", R"({"sku":"s"})"),
          client().post(path + "/commands", R"([{"op":"clear"}])"), client().erase(line),
          client().put(line, R"({"quantity":1})")}) {
      EXPECT_EQ(response.status, 422) << dots;
      EXPECT_EQ(problem_code(response), "invalid");
      EXPECT_NE(response.body.find("may not be . or .."), std::string::npos) << response.body;
    }
  }
  for (const char* dots : {".", ".."}) {
    EXPECT_EQ(json::parse(client().post("/v1/carts/a/items", json{{"sku", dots}}.dump()).body).at("pointer"), "/sku");
    EXPECT_EQ(
        json::parse(client().post("/v1/carts/a/commands", json::array({{{"op", "remove"}, {"sku", dots}}}).dump()).body)
            .at("pointer"),
        "/0/sku");
    EXPECT_EQ(json::parse(client().patch("/v1/carts/a", json{{"user_id", dots}}.dump()).body).at("pointer"),
              "/user_id");
  }
  EXPECT_EQ(cart("a").at("version"), 1);
}

TEST_F(HttpCarts, QuantitiesInAQueryAreDigitsWithinTheLimits) {
  for (const char* bad : {"", "0", "-1", "+1", "1.0", "1e2", "two", "1000000", "99999999999999999999999"}) {
    const HttpResponse response = client().erase(std::string("/v1/carts/a/items/s?quantity=") + bad);
    EXPECT_EQ(response.status, 422) << bad;
    EXPECT_FALSE(json::parse(response.body).contains("pointer")) << "there is no body to point into";
  }
  EXPECT_EQ(client().erase("/v1/carts/a/items/s?quantiy=1").status, 422);
}

TEST_F(HttpCarts, LimitsAreNamed) {
  client().put("/v1/carts/a/items/s", R"({"quantity":999999})");
  const HttpResponse response = client().post("/v1/carts/a/items", R"({"sku":"s"})");
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(problem_code(response), "limit-exceeded");
  EXPECT_EQ(json::parse(response.body).at("limit"), "quantity");
  EXPECT_EQ(json::parse(response.body).at("pointer"), "/quantity");
  EXPECT_EQ(cart("a").at("version"), 1);
}

class HttpSmallCarts : public HttpTest {
 protected:
  HttpSmallCarts() {
    service_options.policy.limits.max_lines = 1;
    serve();
  }
};

TEST_F(HttpSmallCarts, PointersNameOnlyWhatTheBodyHas) {
  client().post("/v1/carts/a/items", R"({"sku":"s"})");
  const HttpResponse added = client().post("/v1/carts/a/items", R"({"sku":"t"})");
  EXPECT_EQ(added.status, 422);
  EXPECT_EQ(json::parse(added.body).at("limit"), "lines");
  EXPECT_EQ(json::parse(added.body).at("pointer"), "/sku");
  const HttpResponse set = client().put("/v1/carts/a/items/t", R"({"quantity":1})");
  EXPECT_EQ(set.status, 422);
  EXPECT_EQ(json::parse(set.body).at("limit"), "lines");
  EXPECT_FALSE(json::parse(set.body).contains("pointer"));
}

TEST_F(HttpCarts, MinimalAnswersHoldTheVersionOnly) {
  const HttpHeaders minimal{{"Prefer", "return=minimal"}};
  const HttpResponse added = client().post("/v1/carts/a/items", R"({"sku":"s"})", minimal);
  EXPECT_EQ(added.status, 204);
  EXPECT_EQ(added.header("etag"), "\"1\"");
  EXPECT_EQ(added.header("preference-applied"), "return=minimal");
  EXPECT_EQ(client().put("/v1/carts/a/items/s", R"({"quantity":2})", minimal).header("etag"), "\"2\"");
  EXPECT_EQ(client().erase("/v1/carts/a/items/s?quantity=1", minimal).header("etag"), "\"3\"");
  EXPECT_EQ(client().patch("/v1/carts/a", R"({"metadata":{"a":1}})", minimal).header("etag"), "\"4\"");
  EXPECT_EQ(client().post("/v1/carts/a/commands", R"([{"op":"add","sku":"t"}])", minimal).header("etag"), "\"5\"");
  EXPECT_EQ(client().erase("/v1/carts/a/items", minimal).header("etag"), "\"6\"");
  EXPECT_EQ(client().erase("/v1/carts/a", minimal).header("etag"), "\"7\"");
  EXPECT_EQ(client().post("/v1/carts/a/items", R"({"sku":"s"})", {{"Prefer", "return=representation"}}).status, 200);
}

TEST_F(HttpCarts, FailuresOfTheStoreAreToldApart) {
  struct Row {
    Errc error;
    int status;
    const char* code;
    const char* retry_after;
  };
  for (const Row& row :
       {Row{Errc::unavailable, 503, "store-unavailable", "1"}, Row{Errc::outcome_unknown, 504, "outcome-unknown", ""},
        Row{Errc::store_full, 507, "store-full", ""}, Row{Errc::corrupt, 500, "corrupt", ""}}) {
    faults.fail_with(Error{row.error, "as the test wants it"});
    const HttpResponse response = client().post("/v1/carts/a/items", R"({"sku":"s"})");
    EXPECT_EQ(response.status, row.status) << response.body;
    EXPECT_EQ(problem_code(response), row.code);
    EXPECT_EQ(response.header("retry-after"), row.retry_after);
    faults.fail_with(std::nullopt);
    EXPECT_EQ(cart("a").at("version"), 0);
  }
  faults.fail_with(Error{Errc::unavailable, "as the test wants it"});
  for (const char* target : {"/v1/carts/a", "/v1/carts/a?touch=true"}) EXPECT_EQ(client().get(target).status, 503);
  EXPECT_EQ(client().erase("/v1/carts/a", {{"If-Match", "*"}}).status, 503);
}

}  // namespace
}  // namespace cartd::test
