// Requests whose body comes compressed.
#include "rest/http_fixture.h"
#include "support/coded_bodies.h"

namespace cartd::test {
namespace {

using nlohmann::json;

class HttpCodedRequests : public HttpTest {
 protected:
  HttpCodedRequests() { serve(); }

  HttpResponse add(const std::string& body, const HttpHeaders& headers) {
    return client().post("/v1/carts/a/items", body, headers);
  }
};

const std::string one = R"({"sku":"s"})";

TEST_F(HttpCodedRequests, AreDecoded) {
  EXPECT_EQ(add(gzip(one), {{"Content-Encoding", "gzip"}}).status, 200);
  EXPECT_EQ(add(gzip(one), {{"Content-Encoding", "X-GZip"}}).status, 200);
  EXPECT_EQ(add(zlib_format(one), {{"Content-Encoding", "deflate"}}).status, 200);
  EXPECT_EQ(add(bare_deflate(one), {{"Content-Encoding", "deflate"}}).status, 200);
  EXPECT_EQ(add(one, {{"Content-Encoding", "identity"}}).status, 200);
  EXPECT_EQ(add(one, {{"Content-Encoding", ""}}).status, 200);
  EXPECT_EQ(add(one, {{"Content-Encoding", "identity"}, {"Content-Encoding", "identity"}}).status, 200);
  EXPECT_EQ(cart("a").at("item_count"), 7);
  EXPECT_EQ(client().put("/v1/users/u", gzip(R"({"name":"Ada"})"), {{"Content-Encoding", "gzip"}}).status, 200);
}

TEST_F(HttpCodedRequests, MayComeInChunks) {
  const std::string body = gzip(one);
  std::string chunks =
      "POST /v1/carts/a/items HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char byte : body) chunks += std::string("1\r\n") + byte + "\r\n";
  client().write(chunks + "0\r\n\r\n");
  const auto response = client().read_answer_to("POST", "/v1/carts/a/items");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200) << response->body;
}

TEST_F(HttpCodedRequests, InACodingThatIsNotSupportedAreRefusedAndToldWhichAre) {
  for (const char* coding : {"br", "zstd", "gzip, gzip", "deflate, gzip"}) {
    const HttpResponse response = add(gzip(gzip(one)), {{"Content-Encoding", coding}});
    EXPECT_EQ(response.status, 415) << coding;
    EXPECT_EQ(problem_code(response), "unsupported-media-type");
    EXPECT_EQ(response.header("accept-encoding"), "gzip, deflate");
  }
  EXPECT_EQ(add(gzip(gzip(one)), {{"Content-Encoding", "gzip"}, {"Content-Encoding", "gzip"}}).status, 415);
  EXPECT_EQ(add("", {{"Content-Encoding", "br"}}).status, 415) << "even when there is nothing to decode";
  EXPECT_EQ(cart("a").at("version"), 0);
}

TEST_F(HttpCodedRequests, ThatAreDamagedAreMalformed) {
  const std::string whole = gzip(one);
  for (const std::string& body : {one, std::string("x"), whole.substr(0, whole.size() - 1), whole + "x", whole + one}) {
    const HttpResponse response = add(body, {{"Content-Encoding", "gzip"}});
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(problem_code(response), "malformed-request");
  }
  EXPECT_EQ(add("", {{"Content-Encoding", "gzip"}}).status, 400);
  EXPECT_EQ(cart("a").at("version"), 0);
}

TEST_F(HttpCodedRequests, ThatGrowBeyondTheLimitAreTooLarge) {
  std::string members;
  for (int i = 0; i < 500; ++i) members += gzip(std::string(4096, ' '));
  for (const std::string& bomb : {gzip(std::string(std::size_t{32} << 20, ' ')), members,
                                  gzip(one + std::string(options.limits.body_bytes, ' '))}) {
    ASSERT_LT(bomb.size(), options.limits.body_bytes);
    const HttpResponse response = add(bomb, {{"Content-Encoding", "gzip"}});
    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(problem_code(response), "too-large");
  }
  const std::string padded = one + std::string(options.limits.body_bytes - one.size(), ' ');
  EXPECT_EQ(add(gzip(padded), {{"Content-Encoding", "gzip"}}).status, 200);
  EXPECT_EQ(cart("a").at("version"), 1);
}

TEST_F(HttpCodedRequests, AreOfNoInterestWhereThereIsNoBody) {
  EXPECT_EQ(client().get("/v1/carts/a", {{"Content-Encoding", "gzip"}}).status, 200);
  EXPECT_EQ(client().get("/v1/carts/a", {{"Content-Encoding", "br"}}).status, 200);
  EXPECT_EQ(client().request("DELETE", "/v1/carts/a", gzip("{}"), {{"Content-Encoding", "gzip"}}).status, 422);
}

}  // namespace
}  // namespace cartd::test
