// GET /v1/users/{user}/carts, on several event loops.
#include "rest/http_fixture.h"

#include <set>
#include <string>
#include <vector>

namespace cartd::test {
namespace {

using nlohmann::json;

class HttpOwnerCarts : public HttpTest {
 protected:
  HttpOwnerCarts() { serve(); }

  json list(const std::string& target) {
    const HttpResponse response = client().get(target);
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body);
  }

  std::vector<std::string> all(const std::string& query) {
    std::vector<std::string> ids;
    std::string cursor;
    do {
      const json page = list("/v1/users/u1/carts?" + query + (cursor.empty() ? "" : "&cursor=" + cursor));
      for (const json& cart : page.at("carts")) ids.push_back(cart.at("id"));
      cursor = page.value("next_cursor", "");
    } while (!cursor.empty());
    return ids;
  }
};

TEST_F(HttpOwnerCarts, AUserWithoutCartsHasNone) {
  EXPECT_EQ(list("/v1/users/nobody/carts"), json::parse(R"({"carts":[]})"));
}

TEST_F(HttpOwnerCarts, AreShownWithTheirKindsAndWhatIsInThem) {
  EXPECT_EQ(client().patch("/v1/carts/a", R"({"user_id":"u1"})").status, 200);
  client().post("/v1/carts/a/items", R"({"sku":"s","quantity":2})");
  const HttpResponse saved = client().patch("/v1/carts/b", R"({"user_id":"u1","kind":"saved"})");
  EXPECT_EQ(saved.status, 200) << saved.body;
  EXPECT_EQ(json::parse(saved.body).at("kind"), "saved");
  const json carts = list("/v1/users/u1/carts").at("carts");
  ASSERT_EQ(carts.size(), 2u);
  const json only_saved = list("/v1/users/u1/carts?kind=saved").at("carts");
  ASSERT_EQ(only_saved.size(), 1u);
  EXPECT_EQ(only_saved[0].at("kind"), "saved");
  EXPECT_EQ(only_saved[0].at("line_count"), 0);
  const json usual = list("/v1/users/u1/carts?kind=cart").at("carts");
  ASSERT_EQ(usual.size(), 1u);
  EXPECT_FALSE(usual[0].contains("kind"));
  EXPECT_EQ(usual[0].at("item_count"), 2);
  EXPECT_EQ(usual[0].at("version"), 2);
  EXPECT_EQ(client().patch("/v1/carts/b", R"({"kind":null})").status, 200);
  EXPECT_FALSE(cart("b").contains("kind"));
  EXPECT_EQ(list("/v1/users/u1/carts?kind=saved").at("carts"), json::array());
}

TEST_F(HttpOwnerCarts, ArePagedOverAllLoops) {
  std::set<std::string> expected;
  for (int i = 0; i < 25; ++i) {
    expected.insert("c" + std::to_string(i));
    client().patch("/v1/carts/c" + std::to_string(i), R"({"user_id":"u1"})");
  }
  for (const char* query : {"limit=1", "limit=7", "limit=100"}) {
    const auto ids = all(query);
    EXPECT_EQ(ids.size(), expected.size()) << query;
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()), expected) << query;
    EXPECT_EQ(ids, all("limit=100")) << query;
  }
  EXPECT_EQ(list("/v1/users/u1/carts").at("carts").size(), 20u);
}

TEST_F(HttpOwnerCarts, WhatIsWrongIsRefused) {
  for (const char* query : {"limit=0", "limit=101", "limit=x", "limit=-1", "kind=", "kind=A", "cursor=", "cursor=x",
                            "cursor=%21", "other=1", "limit=1&limit=2"}) {
    const HttpResponse response = client().get("/v1/users/u1/carts?" + std::string(query));
    EXPECT_EQ(response.status, 422) << query << response.body;
  }
  EXPECT_EQ(client().get("/v1/users/%7B/carts").status, 422);
  EXPECT_EQ(client().post("/v1/users/u1/carts", "{}").status, 405);
}

TEST_F(HttpOwnerCarts, AreUnavailableWhileTheStoreIs) {
  faults.fail_with(Error{Errc::unavailable, "gone"});
  EXPECT_EQ(client().get("/v1/users/u1/carts").status, 503);
  faults.fail_with(Error{Errc::corrupt, "no list"});
  EXPECT_EQ(client().get("/v1/users/u1/carts").status, 500);
}

}  // namespace
}  // namespace cartd::test
