// Bytes that are not HTTP and bodies that are not JSON: each is answered, and none changes a cart.
#include "rest/http_fixture.h"

#include <regex>

namespace cartd::test {
namespace {

using nlohmann::json;

class HttpMalformed : public HttpTest {
 protected:
  HttpMalformed() {
    serve();
    client().put("/v1/carts/a/items/s", R"({"quantity":5})");
    before_ = client().get("/v1/carts/a").body;
  }

  void expect_cart_unchanged(const std::string& after) {
    EXPECT_EQ(client().get("/v1/carts/a").body, before_) << after;
  }

  /// Sends `bytes` on a connection of their own; the answer must be `status`, the last one, and readable.
  void expect_refused(const std::string& bytes, int status, const std::string& code) {
    HttpClient other(port());
    other.write(bytes);
    // Only a request line that is one says which part of the contract the answer belongs to.
    std::smatch line;
    const std::string first = bytes.substr(0, bytes.find("\r\n"));
    const bool routed =
        first.size() < 5000 && std::regex_match(first, line, std::regex("(GET|POST) (/[^ ]*) HTTP/1.1"));
    const auto response = routed ? other.read_answer_to(line[1], line[2]) : other.read();
    ASSERT_TRUE(response) << bytes.substr(0, 100);
    EXPECT_EQ(response->status, status) << bytes.substr(0, 100);
    EXPECT_EQ(problem_code(*response), code) << bytes.substr(0, 100);
    EXPECT_EQ(response->header("connection"), "close");
    EXPECT_FALSE(response->header("x-request-id").empty());
    EXPECT_TRUE(other.closed_by_server()) << bytes.substr(0, 100);
    expect_cart_unchanged(bytes.substr(0, 100));
  }

 private:
  std::string before_;
};

TEST_F(HttpMalformed, BytesThatAreNotHttpAreAnswered400) {
  const std::string add = R"({"sku":"s"})";
  const std::string line = "POST /v1/carts/a/items HTTP/1.1\r\n";
  const std::string length = "Content-Length: " + std::to_string(add.size()) + "\r\n";
  const std::string nul("Host: a\0b\r\n", 11);
  for (const std::string& bytes : {
           std::string("\x16\x03\x01\x02 hello TLS\r\n\r\n"),
           std::string("SSH-2.0-client\r\n\r\n"),
           "POST /v1/carts/a/items HTTP/3.0\r\n" + length + "\r\n" + add,
           "POST /v1/carts/a/items\r\n" + length + "\r\n" + add,
           line + length + "\r\n" + add,
           line + "Host: a\r\nHost: a\r\n" + length + "\r\n" + add,
           line + nul + length + "\r\n" + add,
           line + "Host: a\r\nbroken\r\n" + length + "\r\n" + add,
           line + "Host: a\r\nContent-Length: 1x\r\n\r\n" + add,
           line + "Host: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n" + add,
           line + "Host: a\r\nTransfer-Encoding: chunked\r\n" + length + "\r\n" + add,
           line + "Host: a\r\n" + length + "Transfer-Encoding: chunked\r\n\r\n" + add,
           line + "Host: a\r\nTransfer-Encoding: gzip\r\n\r\n" + add,
           line + "Host: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + add,
           line + "Host: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n" + add + "no line end",
           line + "Host: a\r\nIdempotency-Key: 1\r\nIdempotency-Key: 2\r\n" + length + "\r\n" + add,
       })
    expect_refused(bytes, 400, "malformed-request");
}

TEST_F(HttpMalformed, AMalformedTargetIsAnswered400AndTheConnectionGoesOn) {
  for (const char* target : {"/v1/carts/%zz", "/v1/carts/a%2", "*", "v1", "/v1/carts/a\\b", "/v1/carts/\xC3\xA4",
                             "/v1/carts/{a}", "/v1/carts/a#b", "/v1/carts/\"a\""}) {
    const HttpResponse response = client().get(target);
    EXPECT_EQ(response.status, 400) << target;
    EXPECT_EQ(problem_code(response), "malformed-request");
  }
  expect_cart_unchanged("malformed targets");
}

TEST_F(HttpMalformed, EachTooLargePartHasItsStatus) {
  const std::string host = "Host: a\r\n";
  expect_refused("GET /" + std::string(4096, 'a') + " HTTP/1.1\r\n" + host + "\r\n", 414, "too-large");
  expect_refused("GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\n" + host + "\r\n", 414, "too-large");
  expect_refused("GET / HTTP/1.1\r\n" + host + "X: " + std::string(17'000, 'a') + "\r\n\r\n", 431, "too-large");
  expect_refused("GET / HTTP/1.1\r\n" + host + "X: " + std::string(150'000, 'a') + "\r\n\r\n", 431, "too-large");
  expect_refused("POST /v1/carts/a/items HTTP/1.1\r\n" + host + "Content-Length: 262145\r\n\r\n", 413, "too-large");
  expect_refused("POST /v1/carts/a/items HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n40001\r\n", 413,
                 "too-large");
  expect_refused(
      "POST /v1/carts/a/items HTTP/1.1\r\n" + host + "Expect: 100-continue\r\nContent-Length: 262145\r\n\r\n", 413,
      "too-large");
}

TEST_F(HttpMalformed, ALargeRefusedBodyDoesNotKeepTheClientFromReadingWhy) {
  const std::string body(400'000, 'x');
  expect_refused("POST /v1/carts/a/items HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n" + body, 413,
                 "too-large");
}

TEST_F(HttpMalformed, TextThatIsNotJsonIsAnswered400) {
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += R"({"metadata":)";
  const std::string nul(R"({"sku":"s")" + std::string(1, '\0') + "}");
  for (const std::string& body : {
           std::string(" "),
           std::string("{"),
           std::string("sku"),
           std::string(R"({"sku":"s"}x)"),
           std::string(R"({"sku":"s"}{})"),
           std::string(R"({'sku':'s'})"),
           std::string(R"({"sku":"s",})"),
           std::string(R"({"sku":"s","sku":"t"})"),
           std::string("{\"sku\":\"\xFF\"}"),
           std::string("{\"sku\":\"\xC0\x80\"}"),
           std::string("{\"sku\":\"\xED\xA0\x80\"}"),
           std::string(R"({"sku":"\ud800"})"),
           std::string(R"({"sku":"s","quantity":NaN})"),
           std::string(R"({"sku":"s","quantity":01})"),
           std::string("{\"sku\":\"a\nb\"}"),
           deep,
           nul,
       }) {
    const HttpResponse response = client().post("/v1/carts/a/items", body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(problem_code(response), "malformed-json") << body;
    expect_cart_unchanged(body);
  }
  EXPECT_EQ(client().request("POST", "/v1/carts/a/items").status, 400) << "no body at all";
}

TEST_F(HttpMalformed, JsonThatSaysWhatIsNotAllowedIsAnswered422) {
  struct Row {
    const char* body;
    const char* pointer;
  };
  for (const Row& row :
       {Row{R"({"sku":"s","quantity":0})", "/quantity"},
        {R"({"sku":"s","quantity":-1})", "/quantity"},
        {R"({"sku":"s","quantity":1.5})", "/quantity"},
        {R"({"sku":"s","quantity":1.0})", "/quantity"},
        {R"({"sku":"s","quantity":1e2})", "/quantity"},
        {R"({"sku":"s","quantity":1000000000})", "/quantity"},
        {R"({"sku":"s","quantity":99999999999999999999})", "/quantity"},
        {R"({"sku":"s","quantity":"2"})", "/quantity"},
        {R"({"sku":"s","quantitiy":1})", "/quantitiy"},
        {R"({"quantity":1})", "/sku"},
        {R"({"sku":""})", "/sku"},
        {R"({"sku":7})", "/sku"},
        {R"({"sku":"a\u0000b"})", "/sku"},
        {R"({"sku":"s","unit_price":{"amount_minor":-1,"currency":"EUR"}})", "/unit_price/amount_minor"},
        {R"({"sku":"s","unit_price":{"amount_minor":1,"currency":"eur"}})", "/unit_price/currency"},
        {R"({"sku":"s","unit_price":12.99})", "/unit_price"},
        {R"({"sku":"s","metadata":[]})", "/metadata"}}) {
    const HttpResponse response = client().post("/v1/carts/a/items", row.body);
    EXPECT_EQ(response.status, 422) << row.body;
    EXPECT_EQ(problem_code(response), "invalid") << row.body;
    EXPECT_EQ(json::parse(response.body).value("pointer", ""), row.pointer) << row.body;
    expect_cart_unchanged(row.body);
  }
  for (const char* body :
       {"[]", "{}", R"([{"op":"explode"}])", R"([{"op":"add"}])", R"([{"sku":"s"}])", "[1]", "null", "7"}) {
    EXPECT_EQ(client().post("/v1/carts/a/commands", body).status, 422) << body;
    expect_cart_unchanged(body);
  }
  for (const char* body : {"{}", R"({"user_id":""})", R"({"metadata":7})", R"({"owner":"u"})", R"({"user_id":"{"})"}) {
    EXPECT_EQ(client().patch("/v1/carts/a", body).status, 422) << body;
    expect_cart_unchanged(body);
  }
  for (const char* body : {"{}", R"({"quantity":-1})", R"({"sku":"s","quantity":1})"}) {
    EXPECT_EQ(client().put("/v1/carts/a/items/s", body).status, 422) << body;
    expect_cart_unchanged(body);
  }
}

}  // namespace
}  // namespace cartd::test
