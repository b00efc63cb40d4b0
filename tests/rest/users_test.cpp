// Users over HTTP.
#include "rest/http_fixture.h"

namespace cartd::test {
namespace {

using nlohmann::json;

class HttpUsers : public HttpTest {
 protected:
  HttpUsers() { serve(); }
};

TEST_F(HttpUsers, AUserIsPutReadPatchedAndDeleted) {
  EXPECT_EQ(client().get("/v1/users/u").status, 404);
  const HttpResponse put = client().put("/v1/users/u", R"({"name":"Ann","email":"ann@shop.example"})");
  EXPECT_EQ(put.status, 200) << put.body;
  EXPECT_EQ(json::parse(put.body), json::parse(R"({"name":"Ann","email":"ann@shop.example"})"));
  EXPECT_EQ(client().get("/v1/users/u").body, put.body);
  const HttpResponse patched = client().patch("/v1/users/u", R"({"email":null,"phone":"1"})");
  EXPECT_EQ(patched.status, 200);
  EXPECT_EQ(json::parse(patched.body), json::parse(R"({"name":"Ann","phone":"1"})"));
  EXPECT_EQ(client().erase("/v1/users/u").status, 204);
  EXPECT_EQ(client().erase("/v1/users/u").status, 204);
  const HttpResponse gone = client().get("/v1/users/u");
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(problem_code(gone), "not-found");
}

TEST_F(HttpUsers, DeletingAUserLeavesTheCartUnlessAsked) {
  client().put("/v1/users/u", R"({"name":"Ann"})");
  client().post("/v1/carts/u/items", R"({"sku":"s"})");
  EXPECT_EQ(client().erase("/v1/users/u?cart=false").status, 204);
  EXPECT_EQ(cart("u").at("line_count"), 1);
  EXPECT_EQ(client().erase("/v1/users/u?cart=true").status, 204);
  EXPECT_EQ(cart("u").at("line_count"), 0);
  EXPECT_EQ(client().erase("/v1/users/u?cart=1").status, 422);
}

TEST_F(HttpUsers, ProfilesThatAreNotAllowedAreRefused) {
  for (const char* bad :
       {"{}", "[]", R"({"name":1})", R"({"":"x"})", R"({"a":null})", R"({"a":{"b":"c"}})", R"("text")"})
    EXPECT_EQ(client().put("/v1/users/u", bad).status, 422) << bad;
  for (const char* bad : {"", "{", R"({"a":"b","a":"c"})"})
    EXPECT_EQ(client().put("/v1/users/u", bad).status, 400) << bad;
  EXPECT_EQ(client().patch("/v1/users/u", R"({"name":1})").status, 422);
  EXPECT_EQ(client().get("/v1/users/u").status, 404);
  EXPECT_EQ(client().get("/v1/users/%7B").status, 422);
  EXPECT_EQ(client().put("/v1/users/%7B", R"({"a":"b"})").status, 422);
  EXPECT_EQ(client().patch("/v1/users/%7B", R"({"a":"b"})").status, 422);
  EXPECT_EQ(client().erase("/v1/users/%7B").status, 422);
}

TEST_F(HttpUsers, ANullFieldIsLeftOutOfAProfileAndRemovedByAPatch) {
  EXPECT_EQ(client().put("/v1/users/u", R"({"name":"Ann","email":"a@b.c"})").status, 200);
  EXPECT_EQ(json::parse(client().put("/v1/users/u", R"({"name":"Ann","phone":"1","email":null})").body),
            json::parse(R"({"name":"Ann","phone":"1"})"));
  const HttpResponse patched =
      client().patch("/v1/users/u", R"({"phone":null})", {{"Content-Type", "application/merge-patch+json"}});
  EXPECT_EQ(patched.status, 200);
  EXPECT_EQ(json::parse(patched.body), json::parse(R"({"name":"Ann"})"));
}

TEST_F(HttpUsers, ConditionsThatCannotBeKeptAreRefused) {
  EXPECT_EQ(client().put("/v1/users/u", R"({"a":"b"})", {{"If-Match", "\"1\""}}).status, 422);
  EXPECT_EQ(client().put("/v1/users/u", R"({"a":"b"})", {{"If-None-Match", "*"}}).status, 422);
  EXPECT_EQ(client().get("/v1/users/u").status, 404);
}

TEST_F(HttpUsers, AnIdempotencyKeyIsWelcomeWhenItIsOne) {
  EXPECT_EQ(client().put("/v1/users/u", R"({"a":"b"})", {{"Idempotency-Key", "k"}}).status, 200);
  EXPECT_EQ(client().put("/v1/users/u", R"({"a":"b"})", {{"Idempotency-Key", "k"}}).status, 200);
  EXPECT_EQ(client().put("/v1/users/u", R"({"a":"b"})", {{"Idempotency-Key", "\"k k\""}}).status, 200);
  for (const char* method : {"PUT", "PATCH"})
    EXPECT_EQ(client().request(method, "/v1/users/u", R"({"a":"b"})", {{"Idempotency-Key", "a b"}}).status, 400);
  EXPECT_EQ(client().erase("/v1/users/u", {{"Idempotency-Key", "a b"}}).status, 400);
}

TEST_F(HttpUsers, DotSegmentsAreNoIds) {
  for (const char* path : {"/v1/users/.", "/v1/users/..", "/v1/users/%2e", "/v1/users/%2E%2e"}) {
    const HttpResponse response = client().get(path);
    EXPECT_EQ(response.status, 422) << path;
    EXPECT_NE(response.body.find("may not be . or .."), std::string::npos) << response.body;
  }
}

TEST_F(HttpUsers, MinimalAnswersHoldNothing) {
  const HttpResponse response = client().put("/v1/users/u", R"({"a":"b"})", {{"Prefer", "return=minimal"}});
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.header("preference-applied"), "return=minimal");
}

}  // namespace
}  // namespace cartd::test
