// Bodies in MessagePack, by content negotiation: the same as in JSON, both ways.
#include "rest/http_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cartd::test {
namespace {

using namespace std::string_literals;
using nlohmann::json;
using testing::HasSubstr;

constexpr const char* msgpack = "application/msgpack";
const HttpHeaders in_msgpack{{"Content-Type", msgpack}};
const HttpHeaders wants_msgpack{{"Accept", msgpack}};
const HttpHeaders both{{"Content-Type", msgpack}, {"Accept", msgpack}};

std::string packed(const json& value) {
  const std::vector<std::uint8_t> bytes = json::to_msgpack(value);
  return {bytes.begin(), bytes.end()};
}

json unpacked(const HttpResponse& response) {
  EXPECT_EQ(response.header("content-type"), msgpack) << response.status << ' ' << response.body;
  EXPECT_EQ(response.header("vary"), "Accept");
  return response.header("content-type") == msgpack ? json::from_msgpack(response.body) : json();
}

/// What two carts show alike.
json content_of(json cart) {
  for (const char* time : {"id", "created_at", "updated_at", "expires_at"}) cart.erase(time);
  for (json& item : cart.at("items")) item.erase("added_at");
  return cart;
}

class MsgpackTest : public HttpTest {
 protected:
  MsgpackTest() { serve(); }

  /// Does the same to cart "j" in JSON and to cart "m" in MessagePack, and expects the same answers.
  void expect_same(const std::string& method, const std::string& path, const json& body) {
    const HttpResponse in_json = client().request(method, "/v1/carts/j" + path, body.dump());
    const HttpResponse in_pack = client().request(method, "/v1/carts/m" + path, packed(body), both);
    EXPECT_EQ(in_json.status, in_pack.status) << method << path;
    EXPECT_EQ(in_json.header("content-type"), "application/json");
    EXPECT_EQ(in_json.header("vary"), "Accept");
    EXPECT_EQ(content_of(json::parse(in_json.body)), content_of(unpacked(in_pack))) << method << path;
  }
};

TEST_F(MsgpackTest, EveryBodyOfACartIsTheSameInBothEncodings) {
  expect_same("POST", "/items",
              {{"sku", "A"},
               {"quantity", 2},
               {"name", "Täss"},
               {"metadata", {{"n", 1.5}, {"deep", {{"x", {1, nullptr, -7}}}}}}});
  expect_same("POST", "/items", {{"sku", "A"}, {"options", {{"colour", "red"}, {"size", 7}}}});
  expect_same("PUT", "/items/A", {{"quantity", 3}, {"unit_price", {{"amount_minor", 1299}, {"currency", "EUR"}}}});
  expect_same("PATCH", "/items/A", {{"name", nullptr}, {"metadata", {{"n", 2}}}});
  expect_same("PATCH", "", {{"user_id", "u"}, {"metadata", {{"note", "x"}, {"large", 4294967296}}}});
  expect_same("POST", "/commands", {{{"op", "add"}, {"sku", "B"}}, {{"op", "remove"}, {"sku", "A"}, {"quantity", 1}}});
  EXPECT_EQ(content_of(cart("j")), content_of(unpacked(client().get("/v1/carts/m", wants_msgpack))));
}

TEST_F(MsgpackTest, TheEncodingsOfRequestAndAnswerAreIndependent) {
  const json line{{"sku", "A"}};
  EXPECT_EQ(json::parse(client().post("/v1/carts/a/items", packed(line), in_msgpack).body).at("item_count"), 1);
  EXPECT_EQ(unpacked(client().post("/v1/carts/a/items", line.dump(), wants_msgpack)).at("item_count"), 2);
  for (const char* name : {"application/vnd.msgpack", "application/x-msgpack"})
    EXPECT_EQ(client().post("/v1/carts/a/items", packed(line), {{"Content-Type", name}}).status, 200) << name;
  const HttpResponse json_preferred =
      client().get("/v1/carts/a", {{"Accept", "application/msgpack;q=0.5, application/json"}});
  EXPECT_EQ(json_preferred.header("content-type"), "application/json");
}

TEST_F(MsgpackTest, UsersAndOperatorsAreServedToo) {
  EXPECT_EQ(unpacked(client().put("/v1/users/u", packed({{"name", "Ada"}}), both)), json({{"name", "Ada"}}));
  EXPECT_EQ(unpacked(client().patch("/v1/users/u", packed({{"name", nullptr}, {"x", "y"}}), both)), json({{"x", "y"}}));
  EXPECT_EQ(unpacked(client().get("/v1/users/u", wants_msgpack)), json({{"x", "y"}}));
  EXPECT_EQ(unpacked(client().get("/readyz", wants_msgpack)).at("status"), "ready");
  EXPECT_EQ(unpacked(client().get("/healthz", wants_msgpack)).at("status"), "ok");
  EXPECT_EQ(unpacked(client().get("/v1/outbox", wants_msgpack)).at("dead_letters"), json::array());
  EXPECT_EQ(client().get("/metrics", wants_msgpack).header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
}

TEST_F(MsgpackTest, ProblemsComeInTheEncodingThatIsAskedFor) {
  const HttpResponse route = client().get("/nowhere", wants_msgpack);
  EXPECT_EQ(route.status, 404);
  EXPECT_EQ(unpacked(route).at("type"), "urn:cartd:not-found");
  const HttpResponse invalid = client().post("/v1/carts/a/items", packed({{"sku", "A"}, {"wrong", 1}}), both);
  EXPECT_EQ(invalid.status, 422);
  EXPECT_EQ(unpacked(invalid).at("pointer"), "/wrong");
  const HttpResponse as_json = client().post("/v1/carts/a/items", packed({{"sku", "A"}, {"wrong", 1}}), in_msgpack);
  EXPECT_EQ(as_json.header("content-type"), "application/problem+json");
  EXPECT_EQ(json::parse(as_json.body), unpacked(invalid));
}

TEST_F(MsgpackTest, ADamagedBodyIsRefusedAndChangesNothing) {
  const std::string whole = packed({{"sku", "A"}, {"quantity", 2}});
  for (const std::string& body :
       {whole.substr(0, whole.size() - 1), whole + "x", "\xC1"s, "\x81\x01\x02"s, "\x81\xA3sku\xC4\x01A"s,
        std::string(1000, '\x91'), "\x82\xA3sku\xA1\x41\xA3sku\xA1\x42"s, "\xDF\xFF\xFF\xFF\xFF"s,
        "\x81\xA3sku\xA1\xFF"s}) {
    const HttpResponse response = client().post("/v1/carts/a/items", body, in_msgpack);
    EXPECT_EQ(response.status, 400) << response.body;
    EXPECT_EQ(problem_code(response), "malformed-msgpack");
  }
  EXPECT_EQ(client().post("/v1/carts/a/items", "", in_msgpack).status, 400);
  EXPECT_EQ(cart("a").at("version"), 0);
}

TEST_F(MsgpackTest, AFloatIsNoQuantity) {
  const HttpResponse response =
      client().post("/v1/carts/a/items", packed({{"sku", "A"}, {"quantity", 2.0}}), in_msgpack);
  EXPECT_EQ(response.status, 422);
  EXPECT_THAT(response.body, HasSubstr("an integer without fraction"));
}

TEST_F(MsgpackTest, AnotherMediaTypeIsToldWhatIsAccepted) {
  const HttpResponse refused = client().post("/v1/carts/a/items", "<a/>", {{"Content-Type", "text/xml"}});
  EXPECT_EQ(refused.status, 415);
  EXPECT_EQ(refused.header("accept"), "application/json, application/msgpack");
}

TEST_F(MsgpackTest, TheTagsOfTheTwoRepresentationsDiffer) {
  client().post("/v1/carts/a/items", R"({"sku":"A"})");
  EXPECT_EQ(client().get("/v1/carts/a").header("etag"), "\"1\"");
  EXPECT_EQ(client().get("/v1/carts/a", wants_msgpack).header("etag"), "\"1.msgpack\"");

  const auto known = [&](const std::string& tag, const char* accept) {
    return client().get("/v1/carts/a", {{"If-None-Match", tag}, {"Accept", accept}});
  };
  EXPECT_EQ(known("\"1\"", "application/json").status, 304);
  EXPECT_EQ(known("\"1\"", msgpack).status, 200);
  EXPECT_EQ(known("\"1.msgpack\"", "application/json").status, 200);
  const HttpResponse unchanged = known("\"1.msgpack\", \"7\"", msgpack);
  EXPECT_EQ(unchanged.status, 304);
  EXPECT_EQ(unchanged.header("etag"), "\"1.msgpack\"");
  EXPECT_EQ(unchanged.header("vary"), "Accept");

  // Both are of the version that a change expects.
  const std::string line = R"({"sku":"A"})";
  EXPECT_EQ(client().post("/v1/carts/a/items", line, {{"If-Match", "\"1.msgpack\""}}).status, 200);
  EXPECT_EQ(client().post("/v1/carts/a/items", line, {{"If-Match", "\"1.msgpack\""}}).status, 412);
  EXPECT_EQ(client().post("/v1/carts/a/items", line, {{"If-Match", "\"2\""}, {"Accept", msgpack}}).header("etag"),
            "\"3.msgpack\"");
}

TEST_F(MsgpackTest, ARetryMayComeInTheOtherEncoding) {
  const json line{{"sku", "A"}, {"quantity", 2}};
  HttpHeaders headers{{"Idempotency-Key", "k"}};
  EXPECT_EQ(client().post("/v1/carts/a/items", line.dump(), headers).status, 200);
  headers.insert(headers.end(), both.begin(), both.end());
  const HttpResponse again = client().post("/v1/carts/a/items", packed(line), headers);
  EXPECT_EQ(again.header("idempotent-replayed"), "true");
  EXPECT_EQ(unpacked(again).at("item_count"), 2);
}

TEST_F(MsgpackTest, NumbersOfMetadataKeepTheirValue) {
  client().patch("/v1/carts/a",
                 R"({"metadata":{"i":18446744073709551615,"f":0.1,"e":1e3,"long":3.14159265358979323846}})");
  const json metadata = unpacked(client().get("/v1/carts/a", wants_msgpack)).at("metadata");
  EXPECT_EQ(metadata.at("i").get<std::uint64_t>(), 18446744073709551615ULL);
  EXPECT_EQ(metadata.at("f"), 0.1);
  EXPECT_EQ(metadata.at("e"), 1000.0);
  EXPECT_EQ(metadata.at("long"), "3.14159265358979323846") << "no float64 has all its digits";
  EXPECT_THAT(client().get("/v1/carts/a").body, HasSubstr("\"long\":3.14159265358979323846"));
}

TEST_F(MsgpackTest, HeadSaysWhatGetWould) {
  client().post("/v1/carts/a/items", R"({"sku":"A"})");
  const HttpResponse get = client().get("/v1/carts/a", wants_msgpack);
  const HttpResponse head = client().request("HEAD", "/v1/carts/a", "", wants_msgpack);
  EXPECT_EQ(head.header("content-length"), std::to_string(get.body.size()));
  EXPECT_EQ(head.header("content-type"), msgpack);
}

}  // namespace
}  // namespace cartd::test
