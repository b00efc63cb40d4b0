// Moving carts and users: GET /v1/export and POST /v1/import.
#include "rest/http_fixture.h"

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <string>

namespace cartd::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class HttpMoving : public HttpTest {
 protected:
  HttpMoving() { serve(); }

  json page(const std::string& query = "") {
    const HttpResponse response = client().get("/v1/export" + query);
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body);
  }

  /// All pages together.
  json everything(const std::string& limit = "500") {
    json all{{"carts", json::array()}, {"users", json::array()}, {"unreadable", json::array()}};
    std::string query = "?limit=" + limit;
    for (int i = 0; i < 1000; ++i) {
      const json one = page(query);
      for (const char* list : {"carts", "users", "unreadable"})
        all[list].insert(all[list].end(), one.at(list).begin(), one.at(list).end());
      if (!one.contains("next_cursor")) return all;
      query = "?limit=" + limit + "&cursor=" + one.at("next_cursor").get<std::string>();
    }
    ADD_FAILURE() << "the export does not end";
    return all;
  }

  json import(const json& body, int status = 200) {
    const HttpResponse response = client().post("/v1/import", body.dump());
    EXPECT_EQ(response.status, status) << response.body;
    return json::parse(response.body);
  }
  std::string result(const json& cart) { return import({{"carts", {cart}}}).at("carts").at(0).at("result"); }
  std::string reason(const json& cart) { return import({{"carts", {cart}}}).at("carts").at(0).value("reason", ""); }

  void add(const std::string& cart, const std::string& sku = "A") {
    EXPECT_EQ(client().post("/v1/carts/" + cart + "/items", R"({"sku":")" + sku + R"(","quantity":2})").status, 200);
  }
};

TEST_F(HttpMoving, AllCartsAndUsersAreOnPages) {
  for (int i = 0; i < 50; ++i) add("c" + std::to_string(i));
  EXPECT_EQ(client().put("/v1/users/anna", R"({"name":"Anna"})").status, 200);
  const json all = everything("7");
  std::set<std::string> ids;
  for (const json& cart : all.at("carts")) ids.insert(cart.at("id"));
  EXPECT_EQ(ids.size(), 50U);
  ASSERT_EQ(all.at("users").size(), 1U);
  EXPECT_EQ(all.at("users").at(0).at("fields"), json::parse(R"({"name":"Anna"})"));
  EXPECT_TRUE(all.at("unreadable").empty());
}

TEST_F(HttpMoving, WhatIsExportedCanBeImportedElsewhere) {
  add("123");
  add("123", "B");
  EXPECT_EQ(client().put("/v1/users/anna", R"({"name":"Anna"})").status, 200);
  const json all = everything();
  EXPECT_EQ(result(all.at("carts").at(0)), "equal");
  EXPECT_EQ(import({{"users", all.at("users")}}).at("users").at(0).at("result"), "equal");
  json renamed = all.at("carts").at(0);
  renamed["id"] = "124";
  renamed.erase("digest");
  EXPECT_EQ(result(renamed), "imported");
  json before = cart("123");
  json after = cart("124");
  EXPECT_EQ(before.at("items"), after.at("items"));
  EXPECT_EQ(after.at("version"), 2);
}

TEST_F(HttpMoving, ACartThatOthersChangedStays) {
  add("123");
  const json before = everything().at("carts").at(0);
  add("123");
  EXPECT_EQ(result(before), "conflict");
  EXPECT_EQ(cart("123").at("items").at(0).at("quantity"), 4);
  json over = before;
  over["replaces"] = before.at("digest");
  EXPECT_EQ(result(over), "conflict") << "that state is not there any more";
  over["replaces"] = everything().at("carts").at(0).at("digest");
  EXPECT_EQ(result(over), "imported");
  EXPECT_EQ(cart("123").at("items").at(0).at("quantity"), 2);
}

TEST_F(HttpMoving, ADeletedCartIsSaidToBeGone) {
  add("123");
  EXPECT_EQ(client().request("DELETE", "/v1/carts/123").status, 204);
  const json gone = everything().at("carts").at(0);
  EXPECT_EQ(gone.at("gone"), true);
  EXPECT_FALSE(gone.contains("lines"));
}

TEST_F(HttpMoving, ACartWrittenByHandIsEnough) {
  EXPECT_EQ(result(json::parse(R"({"v":1,"id":"123","lines":[{"sku":"A","quantity":3}]})")), "imported");
  EXPECT_EQ(cart("123").at("items").at(0).at("quantity"), 3);
  EXPECT_TRUE(cart("123").contains("expires_at"));
}

TEST_F(HttpMoving, EachIsRefusedForItsOwnFaultAndTheOthersAreImported) {
  const json answer = import(json::parse(R"({"carts":[
    {"v":1,"id":"a","lines":[{"sku":"A","quantity":3}]},
    {"v":2,"id":"b"},
    {"v":1,"id":"a","lines":[]},
    {"v":1,"id":"c","lines":[{"sku":"A","quantity":0}]},
    {"v":1,"id":"{}"},
    {"id":"d"},
    {"v":1,"id":"e","lines":[{"sku":"A","quantity":1}],"digest":"00000000000000000000000000000000"},
    {"v":1,"id":"f","replay":"A"},
    {"v":1,"id":"g","price":1},
    7,
    {"v":1,"id":"h","expires_at":1000,"created_at":1,"lines":[{"sku":"A","quantity":1}]},
    {"v":1,"id":"i","lines":[{"sku":"A","quantity":3}]}]})"));
  std::vector<std::string> results;
  for (const json& one : answer.at("carts")) results.push_back(one.at("result"));
  EXPECT_EQ(results, (std::vector<std::string>{"imported", "refused", "refused", "refused", "refused", "refused",
                                               "refused", "refused", "refused", "refused", "expired", "imported"}));
  EXPECT_THAT(answer.at("carts").at(1).at("reason"), HasSubstr("version 2 is of a later cartd"));
  EXPECT_THAT(answer.at("carts").at(6).at("reason"), HasSubstr("damaged"));
  EXPECT_EQ(cart("a").at("items").at(0).at("quantity"), 3);
  EXPECT_EQ(everything().at("carts").size(), 2U);
}

TEST_F(HttpMoving, NonsenseChangesNothing) {
  for (const char* body : {"", "[", "[]", "7", R"({"carts":{}})", R"({"carts":7})", R"({"cart":[]})"}) {
    const HttpResponse response = client().post("/v1/import", body);
    EXPECT_TRUE(response.status == 400 || response.status == 422) << body << response.status;
  }
  std::string deep = R"({"carts":[{"v":1,"id":"a","lines":)" + std::string(1000, '[') + std::string(1000, ']') + "}]}";
  EXPECT_EQ(client().post("/v1/import", deep).status, 400);
  for (const char* query : {"?limit=0", "?limit=1001", "?limit=x", "?cursor=x", "?cursor=c", "?cursor=c9.",
                            "?cursor=c0.x", "?cursor=z0.", "?cursor=c99999999999.", "?other=1"})
    EXPECT_EQ(client().get(std::string("/v1/export") + query).status, 422) << query;
  EXPECT_TRUE(everything().at("carts").empty());
}

TEST_F(HttpMoving, AStoreThatIsAwayIsSaidToBe) {
  add("123");
  const json before = everything().at("carts").at(0);
  faults.fail_with(Error{Errc::unavailable, "away"});
  EXPECT_EQ(client().get("/v1/export").status, 503);
  EXPECT_EQ(result(before), "failed");
  faults.fail_with(std::nullopt);
  EXPECT_EQ(result(before), "equal");
}

TEST_F(HttpMoving, AnImportWhoseAnswerWasLostCanBeSentAgain) {
  faults.lose_next_answer();
  const json one = json::parse(R"({"v":1,"id":"123","lines":[{"sku":"A","quantity":3}]})");
  EXPECT_EQ(result(one), "failed");
  EXPECT_EQ(result(one), "equal");
}

}  // namespace
}  // namespace cartd::test
