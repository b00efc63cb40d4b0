// If-Match, If-None-Match, Idempotency-Key.
#include "rest/http_fixture.h"

namespace cartd::test {
namespace {

using nlohmann::json;

class HttpConditions : public HttpTest {
 protected:
  HttpConditions() {
    serve();
    client().put("/v1/carts/a/items/s", R"({"quantity":5})");
  }

  HttpResponse add(const HttpHeaders& headers) { return client().post("/v1/carts/a/items", R"({"sku":"s"})", headers); }
};

TEST_F(HttpConditions, AChangeIsDoneWhenTheVersionMatches) {
  EXPECT_EQ(add({{"If-Match", "\"1\""}}).status, 200);
  EXPECT_EQ(cart("a").at("version"), 2);
}

TEST_F(HttpConditions, AChangeIsNotDoneWhenTheVersionDiffers) {
  const HttpResponse response = add({{"If-Match", "\"7\""}});
  EXPECT_EQ(response.status, 412);
  EXPECT_EQ(problem_code(response), "version-mismatch");
  EXPECT_EQ(json::parse(response.body).at("current_version"), 1);
  EXPECT_EQ(cart("a").at("version"), 1);
}

TEST_F(HttpConditions, EveryChangeHeedsIfMatch) {
  const HttpHeaders stale{{"If-Match", "\"99\""}};
  EXPECT_EQ(client().post("/v1/carts/a/items", R"({"sku":"s"})", stale).status, 412);
  EXPECT_EQ(client().put("/v1/carts/a/items/s", R"({"quantity":1})", stale).status, 412);
  EXPECT_EQ(client().erase("/v1/carts/a/items/s", stale).status, 412);
  EXPECT_EQ(client().erase("/v1/carts/a/items/s?quantity=1", stale).status, 412);
  EXPECT_EQ(client().erase("/v1/carts/a/items", stale).status, 412);
  EXPECT_EQ(client().patch("/v1/carts/a", R"({"metadata":{}})", stale).status, 412);
  EXPECT_EQ(client().post("/v1/carts/a/commands", R"([{"op":"clear"}])", stale).status, 412);
  EXPECT_EQ(client().erase("/v1/carts/a", stale).status, 412);
  EXPECT_EQ(client().get("/v1/carts/a", stale).status, 412);
  EXPECT_EQ(client().get("/v1/carts/a?touch=true", stale).status, 412);
  EXPECT_EQ(cart("a").at("version"), 1);
}

TEST_F(HttpConditions, AWeakOrForeignTagNeverMatches) {
  for (const char* tag : {"W/\"1\"", "\"one\"", "\"01\""}) {
    const HttpResponse response = add({{"If-Match", tag}});
    EXPECT_EQ(response.status, 412) << tag;
    EXPECT_EQ(json::parse(response.body).at("current_version"), 1);
  }
}

TEST_F(HttpConditions, AWeakTagIsSaidNeverToMatch) {
  for (const char* tag : {"W/\"1\"", "\"5\", W/\"1\""}) {
    for (const HttpResponse& response : {add({{"If-Match", tag}}), client().get("/v1/carts/a", {{"If-Match", tag}}),
                                         client().get("/v1/carts/a?touch=true", {{"If-Match", tag}})}) {
      EXPECT_EQ(response.status, 412) << tag;
      EXPECT_NE(json::parse(response.body).at("detail").get<std::string>().find("a weak tag (W/) never matches"),
                std::string::npos)
          << response.body;
    }
  }
  EXPECT_EQ(add({{"If-Match", "\"5\""}}).body.find("weak"), std::string::npos);
  EXPECT_EQ(add({{"If-Match", "W/\"1\", \"1\""}}).status, 200) << "one that matches is enough";
}

TEST_F(HttpConditions, EmptyElementsOfAListAreIgnored) {
  EXPECT_EQ(add({{"If-Match", ", \"1\",, \"9\" ,"}}).status, 200);
  EXPECT_EQ(add({{"If-Match", ""}, {"If-Match", "\"2\""}}).status, 200);
  EXPECT_EQ(client().get("/v1/carts/a", {{"If-None-Match", ",\"3\","}}).status, 304);
  EXPECT_EQ(add({{"Prefer", ", return=minimal,"}}).status, 204);
  EXPECT_EQ(add({{"If-Match", ","}}).status, 400);
}

TEST_F(HttpConditions, AListMatchesWhenTheVersionIsInIt) {
  EXPECT_EQ(add({{"If-Match", "\"5\", \"1\""}}).status, 200);
  EXPECT_EQ(add({{"If-Match", "\"5\", \"1\""}}).status, 412);
}

TEST_F(HttpConditions, AStarMatchesAnExistingCart) {
  EXPECT_EQ(add({{"If-Match", "*"}}).status, 200);
  EXPECT_EQ(client().post("/v1/carts/none/items", R"({"sku":"s"})", {{"If-Match", "*"}}).status, 412);
  EXPECT_EQ(client().get("/v1/carts/none", {{"If-Match", "*"}}).status, 412);
  client().erase("/v1/carts/a");
  EXPECT_EQ(add({{"If-Match", "*"}}).status, 412) << "the cart was deleted";
  EXPECT_EQ(cart("none").at("version"), 0);
}

TEST_F(HttpConditions, AnInvalidEntityTagIsMalformed) {
  for (const char* bad : {"1", "\"1", "", "\"1\" \"2\"", "w/\"1\""}) {
    const HttpResponse response = add({{"If-Match", bad}});
    EXPECT_EQ(response.status, 400) << bad;
    EXPECT_EQ(problem_code(response), "malformed-request");
  }
  EXPECT_EQ(client().get("/v1/carts/a", {{"If-Match", "1"}}).status, 400);
  EXPECT_EQ(client().get("/v1/carts/a", {{"If-None-Match", "1"}}).status, 400);
  EXPECT_EQ(cart("a").at("version"), 1);
}

TEST_F(HttpConditions, ACartThatTheClientHasIsNotSentAgain) {
  const std::string etag = client().get("/v1/carts/a").header("etag");
  for (const std::string& tags : {etag, "W/" + etag, "\"0\", " + etag, std::string("*")}) {
    const HttpResponse response = client().get("/v1/carts/a", {{"If-None-Match", tags}});
    EXPECT_EQ(response.status, 304) << tags;
    EXPECT_EQ(response.header("etag"), etag);
    EXPECT_EQ(response.headers.count("content-type"), 0u);
  }
  EXPECT_EQ(client().get("/v1/carts/a?touch=true", {{"If-None-Match", etag}}).status, 304);
  add({});
  EXPECT_EQ(client().get("/v1/carts/a", {{"If-None-Match", etag}}).status, 200);
  EXPECT_EQ(client().get("/v1/carts/none", {{"If-None-Match", "*"}}).status, 200);
}

TEST_F(HttpConditions, IfNoneMatchOnAChangeIsRefusedAndNotIgnored) {
  EXPECT_EQ(add({{"If-None-Match", "*"}}).status, 422);
  EXPECT_EQ(cart("a").at("version"), 1);
}

TEST_F(HttpConditions, AKeyMakesARepeatedChangeHappenOnce) {
  const HttpHeaders key{{"Idempotency-Key", "k-1"}};
  const HttpResponse first = add(key);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.headers.count("idempotent-replayed"), 0u);
  const HttpResponse again = add(key);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.header("idempotent-replayed"), "true");
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(cart("a").at("items").at(0).at("quantity"), 6);
}

TEST_F(HttpConditions, AKeyInQuotesIsTheSameKey) {
  EXPECT_EQ(add({{"Idempotency-Key", "\"k 1\""}}).headers.count("idempotent-replayed"), 0u);
  EXPECT_EQ(add({{"Idempotency-Key", "\"k 1\""}}).header("idempotent-replayed"), "true");
  EXPECT_EQ(add({{"Idempotency-Key", "k-1"}}).headers.count("idempotent-replayed"), 0u);
  EXPECT_EQ(add({{"Idempotency-Key", "\"k-1\""}}).header("idempotent-replayed"), "true");
  EXPECT_EQ(cart("a").at("version"), 3);
}

TEST_F(HttpConditions, AKeyCoversEveryChange) {
  const auto twice = [&](const std::string& method, const std::string& target, const std::string& body) {
    const HttpHeaders key{{"Idempotency-Key", method + target}};
    const HttpResponse first = client().request(method, target, body, key);
    const HttpResponse again = client().request(method, target, body, key);
    EXPECT_EQ(first.headers.count("idempotent-replayed"), 0u) << method << target;
    EXPECT_EQ(again.header("idempotent-replayed"), "true") << method << target;
    EXPECT_EQ(again.header("etag"), first.header("etag")) << method << target;
    EXPECT_EQ(again.status, first.status) << method << target;
  };
  twice("POST", "/v1/carts/a/items", R"({"sku":"x"})");
  twice("PUT", "/v1/carts/a/items/x", R"({"quantity":4})");
  twice("DELETE", "/v1/carts/a/items/x?quantity=1", "");
  twice("DELETE", "/v1/carts/a/items/x", "");
  twice("PATCH", "/v1/carts/a", R"({"user_id":"u"})");
  twice("POST", "/v1/carts/a/commands", R"([{"op":"add","sku":"y"},{"op":"add","sku":"z"}])");
  twice("DELETE", "/v1/carts/a/items", "");
  twice("DELETE", "/v1/carts/a", "");
}

TEST_F(HttpConditions, ARepeatWithItsOldIfMatchIsStillARepeat) {
  for (const char* tag : {"\"1\"", "\"1\", \"0\""}) {
    const HttpHeaders headers{{"Idempotency-Key", "k-2"}, {"If-Match", tag}};
    add(headers);
    EXPECT_EQ(add(headers).header("idempotent-replayed"), "true") << tag;
  }
  EXPECT_EQ(cart("a").at("version"), 2);
}

TEST_F(HttpConditions, AKeyThatStandsForAnotherCommandIsRefused) {
  const HttpHeaders key{{"Idempotency-Key", "k-3"}};
  add(key);
  const HttpResponse other = client().post("/v1/carts/a/items", R"({"sku":"s","quantity":2})", key);
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(problem_code(other), "idempotency-mismatch");
  EXPECT_EQ(cart("a").at("version"), 2);
}

TEST_F(HttpConditions, AKeyThatIsNotAllowedIsMalformed) {
  for (const std::string& bad : {std::string(), std::string(256, 'k'), std::string("two words"),
                                 std::string("\xC3\xA4"), std::string("\"k"), std::string("\"k\";p=1")}) {
    const HttpResponse response = add({{"Idempotency-Key", bad}});
    EXPECT_EQ(response.status, 400) << bad;
    EXPECT_EQ(problem_code(response), "malformed-request");
    EXPECT_FALSE(json::parse(response.body).at("detail").get<std::string>().empty());
  }
  EXPECT_EQ(add({{"Idempotency-Key", std::string(255, 'k')}}).status, 200);
}

TEST_F(HttpConditions, AKeyInUseIsInFlight) {
  const HttpHeaders key{{"Idempotency-Key", "k-4"}};
  faults.hold();
  HttpClient other(port());
  other.write(http_request("POST", "/v1/carts/a/items", R"({"sku":"s"})", key));
  ASSERT_TRUE(faults.wait_until_held(1));
  const HttpResponse response = add(key);
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(problem_code(response), "in-flight");
  EXPECT_EQ(response.header("retry-after"), "1");
  faults.release();
  const auto first = other.read();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->status, 200);
  EXPECT_EQ(add(key).header("idempotent-replayed"), "true");
}

}  // namespace
}  // namespace cartd::test
