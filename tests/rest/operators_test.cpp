// What operators and their machines ask.
#include "rest/http_fixture.h"

namespace cartd::test {
namespace {

using nlohmann::json;

class HttpOperators : public HttpTest {
 protected:
  HttpOperators() { serve(); }
};

TEST_F(HttpOperators, HealthIsOkWhileTheProcessLives) {
  faults.fail_with(Error{Errc::unavailable, "away"});
  const HttpResponse response = client().get("/healthz");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(json::parse(response.body), json::parse(R"({"status":"ok"})"));
}

TEST_F(HttpOperators, ReadinessIsTheStores) {
  const HttpResponse ready = client().get("/readyz");
  EXPECT_EQ(ready.status, 200);
  EXPECT_EQ(
      json::parse(ready.body),
      json::parse(R"({"status":"ready","store":{"kind":"memory","ready":true},"outbox":{"depth":0,"unconfirmed":0,)"
                  R"("oldest_seconds":0,"memory_bytes":0,"max_memory_bytes":67108864},"degraded":[]})"));
  faults.fail_with(Error{Errc::unavailable, "away"});
  const HttpResponse away = client().get("/readyz");
  EXPECT_EQ(away.status, 503);
  EXPECT_EQ(away.header("retry-after"), "1");
  EXPECT_EQ(json::parse(away.body).at("status"), "unavailable");
  EXPECT_EQ(json::parse(away.body).at("degraded"), json::array({"store"}));
  EXPECT_EQ(json::parse(away.body).at("store"), json::parse(R"({"kind":"memory","ready":false,"detail":"away"})"));
  faults.fail_with(std::nullopt);
  EXPECT_EQ(client().get("/readyz").status, 200);
}

TEST_F(HttpOperators, MetricsCountEveryRequestByRouteMethodAndStatus) {
  client().get("/v1/carts/a");
  client().get("/v1/carts/b");
  client().request("HEAD", "/v1/carts/b");
  client().get("/nowhere");
  client().get("/nowhere/else");
  const HttpResponse response = client().get("/metrics");
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.header("content-type").starts_with("text/plain; version=0.0.4"))
      << response.header("content-type");
  EXPECT_NE(response.body.find("cartd_http_request_seconds_bucket"), std::string::npos);
  EXPECT_EQ(metric("cartd_http_requests_total{method=\"GET\",route=\"/v1/carts/{cart}\",status=\"200\"}"), 2);
  EXPECT_EQ(metric("cartd_http_requests_total{method=\"HEAD\",route=\"/v1/carts/{cart}\",status=\"200\"}"), 1);
  EXPECT_EQ(metric("cartd_http_requests_total{method=\"other\",route=\"unmatched\",status=\"404\"}"), 2);
  EXPECT_EQ(metric("cartd_http_request_seconds_count{route=\"/v1/carts/{cart}\"}"), 3);
  EXPECT_EQ(metric("cartd_http_connections"), 1);
}

TEST_F(HttpOperators, TheContractIsServed) {
  const HttpResponse response = client().get("/openapi.yaml");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("content-type"), "application/yaml");
  EXPECT_TRUE(response.body.starts_with("openapi: 3.1.0\n"));
  EXPECT_NE(response.body.find("/v1/carts/{cart}:"), std::string::npos);
}

TEST_F(HttpOperators, NothingButTheContractMayBeCached) {
  EXPECT_EQ(client().get("/openapi.yaml").header("cache-control"), "public, max-age=3600");
  EXPECT_EQ(client().request("HEAD", "/openapi.yaml").header("cache-control"), "public, max-age=3600");
  client().put("/v1/users/u", R"({"name":"Ada"})");
  const std::string etag = client().get("/v1/carts/a").header("etag");
  for (const HttpResponse& response :
       {client().get("/v1/carts/a"), client().request("HEAD", "/v1/carts/a"),
        client().get("/v1/carts/a", {{"If-None-Match", etag}}), client().post("/v1/carts/a/items", R"({"sku":"s"})"),
        client().erase("/v1/carts/a"), client().get("/v1/users/u"), client().erase("/v1/users/u"),
        client().get("/v1/users/u"), client().get("/v1/outbox"), client().get("/healthz"), client().get("/readyz"),
        client().get("/metrics"), client().get("/v1/nothing"), client().post("/v1/carts/a/items", "{"),
        client().get("/openapi.yaml?x"), client().post("/openapi.yaml", ""), client().request("OPTIONS", "*")})
    EXPECT_EQ(response.header("cache-control"), "no-store") << response.status << response.body;
  HttpClient other(port());
  other.write("not HTTP\r\n\r\n");
  EXPECT_EQ(other.read()->header("cache-control"), "no-store");
}

TEST_F(HttpOperators, ARequestIdIsEchoedOrMade) {
  EXPECT_EQ(client().get("/healthz", {{"X-Request-Id", "abc-123"}}).header("x-request-id"), "abc-123");
  EXPECT_EQ(client().get("/nowhere", {{"X-Request-Id", "abc-124"}}).header("x-request-id"), "abc-124");
  const std::string made = client().get("/healthz", {{"X-Request-Id", "two words"}}).header("x-request-id");
  EXPECT_EQ(made.size(), 32u);
  EXPECT_NE(client().get("/healthz").header("x-request-id"), made);
}

TEST_F(HttpOperators, UnknownPathsAndMethodsAreRefused) {
  const HttpResponse unknown = client().get("/v1/nothing");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(problem_code(unknown), "not-found");
  const HttpResponse wrong = client().post("/v1/carts/a", "{}");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(problem_code(wrong), "method-not-allowed");
  EXPECT_EQ(wrong.header("allow"), "GET, HEAD, DELETE, PATCH, OPTIONS");
  EXPECT_EQ(client().request("BREW", "/v1/carts/a").status, 405);
  const HttpResponse media =
      client().post("/v1/carts/a/items", "sku=1", {{"Content-Type", "application/x-www-form-urlencoded"}});
  EXPECT_EQ(media.status, 415);
  EXPECT_EQ(problem_code(media), "unsupported-media-type");
  EXPECT_NE(json::parse(media.body).at("detail").get<std::string>().find("send Content-Type: application/json"),
            std::string::npos);
  EXPECT_EQ(media.header("accept"), "application/json, application/msgpack");
  const HttpResponse query = client().get("/v1/carts/a?fields=id");
  EXPECT_EQ(query.status, 422);
  EXPECT_NE(json::parse(query.body).at("detail").get<std::string>().find("fields"), std::string::npos);
  EXPECT_EQ(client().request("DELETE", "/v1/carts/a", "{}").status, 422);
}

TEST_F(HttpOperators, OptionsAreTold) {
  const HttpResponse cart = client().request("OPTIONS", "/v1/carts/a");
  EXPECT_EQ(cart.status, 204);
  EXPECT_EQ(cart.header("allow"), "GET, HEAD, DELETE, PATCH, OPTIONS");
  EXPECT_EQ(cart.header("accept-patch"), "application/merge-patch+json, application/json, application/msgpack");
  EXPECT_EQ(cart.headers.count("content-length"), 0u);
  for (const char* target : {"*", "/v1/carts/a/items", "/v1/carts/a/items/s", "/v1/carts/a/commands", "/v1/users/u",
                             "/v1/outbox", "/v1/outbox/dead-letters/1-2", "/v1/outbox/dead-letters/1-2/retry",
                             "/healthz", "/readyz", "/metrics", "/openapi.yaml", "http://shop.example/healthz"}) {
    const HttpResponse response = client().request("OPTIONS", target);
    EXPECT_EQ(response.status, 204) << target;
    EXPECT_TRUE(response.header("allow").ends_with(", OPTIONS")) << target;
  }
  EXPECT_EQ(client().request("OPTIONS", "/v1/nothing").status, 404);
  EXPECT_EQ(client().request("HEAD", "/v1/nothing").status, 404);
  EXPECT_EQ(client().request("OPTIONS", "/healthz", "{}").status, 422);
  EXPECT_EQ(client().request("TRACE", "/healthz").status, 405);
  EXPECT_EQ(client().request("CONNECT", "/healthz").status, 405);
  EXPECT_EQ(client().request("CONNECT", "shop.example:80").status, 400);
}

}  // namespace
}  // namespace cartd::test
