#include "transport/http/routes.h"

#include <gtest/gtest.h>
#include <boost/beast/http/verb.hpp>

#include <set>
#include <string>
#include <vector>

namespace cartd::http {
namespace {

Request request_to(verb method, const std::string& target, const std::string& body = "") {
  Request request;
  request.method = method;
  request.target = target;
  request.body = body;
  return request;
}

unsigned refusal(const Request& request) {
  const Routing routing = find_route(request);
  return routing.refusal ? routing.refusal->status : 0;
}

TEST(Routes, NoTwoHaveTheSamePathAndMethod) {
  std::set<std::string> seen;
  for (const Route& route : all_routes())
    EXPECT_TRUE(seen.insert(std::string(boost::beast::http::to_string(route.method)) + " " + std::string(route.pattern)).second)
        << route.pattern;
}

TEST(Routes, EveryOneIsFoundByItsOwnPath) {
  for (const Route& route : all_routes()) {
    std::string target;
    for (std::size_t i = 0; i < route.segment_count; ++i)
      target += "/" + (route.segments[i].starts_with('{') ? "x" : std::string(route.segments[i]));
    const Request request = request_to(route.method, target, route.body == Body::none ? "" : "{}");
    const Routing routing = find_route(request);
    EXPECT_EQ(routing.route, &route) << target;
    EXPECT_TRUE(routing.call.has_value()) << target;
  }
}

TEST(Routes, TheVariablePartsOfThePathAreDecoded) {
  const Request request = request_to(verb::put, "/v1/carts/a%3Ab/items/%E2%98%95%2F1", "{}");
  const Routing routing = find_route(request);
  ASSERT_TRUE(routing.call);
  EXPECT_EQ(routing.call->names[0], "a:b");
  EXPECT_EQ(routing.call->names[1], "\xE2\x98\x95/1");
}

TEST(Routes, HeadFindsWhatGetFinds) {
  const Request head = request_to(verb::head, "/v1/carts/a");
  const Request get = request_to(verb::get, "/v1/carts/a");
  EXPECT_EQ(find_route(head).route, find_route(get).route);
}

TEST(Routes, UnknownPathsAreNotFound) {
  for (const char* path : {"/", "/v1", "/v1/carts", "/v1/carts/", "/v1/carts/a/", "/v1/carts/a/items/b/c", "/v2/carts/a", "/V1/carts/a",
                           "/v1/carts//items", "/v1/carts/a/items/", "/healthz/", "/1/2/3/4/5/6/7/8/9"})
    EXPECT_EQ(refusal(request_to(verb::get, path)), 404u) << path;
}

TEST(Routes, KnownPathsNameTheMethodsTheyAllow) {
  const Request request = request_to(verb::post, "/v1/carts/a");
  const Routing routing = find_route(request);
  ASSERT_TRUE(routing.refusal);
  EXPECT_EQ(routing.refusal->status, 405u);
  EXPECT_EQ(routing.refusal->headers, "Allow: GET, HEAD, DELETE, PATCH, OPTIONS\r\n");
  for (const verb method : {verb::unknown, verb::trace, verb::connect}) EXPECT_EQ(refusal(request_to(method, "/healthz")), 405u);
}

TEST(Routes, OptionsAreToldForEveryPath) {
  const auto headers = [](const std::string& target) {
    const Request request = request_to(verb::options, target);
    const Routing routing = find_route(request);
    EXPECT_EQ(routing.refusal->status, 204u) << target;
    return routing.refusal->headers;
  };
  EXPECT_EQ(headers("/v1/carts/a"),
            "Allow: GET, HEAD, DELETE, PATCH, OPTIONS\r\nAccept-Patch: application/merge-patch+json, application/json\r\n");
  EXPECT_EQ(headers("/v1/carts/a/items"), "Allow: POST, DELETE, OPTIONS\r\n");
  EXPECT_EQ(headers("/v1/carts/a/items/b"), "Allow: PUT, DELETE, OPTIONS\r\n");
  EXPECT_EQ(headers("/healthz?anything"), "Allow: GET, HEAD, OPTIONS\r\n");
  EXPECT_EQ(headers("*"),
            "Allow: GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS\r\nAccept-Patch: application/merge-patch+json, application/json\r\n");
  EXPECT_EQ(refusal(request_to(verb::options, "/v1/nothing")), 404u);
  EXPECT_EQ(refusal(request_to(verb::options, "/v1/carts/a", "{}")), 422u);
  EXPECT_EQ(refusal(request_to(verb::options, "*", "{}")), 422u);
  EXPECT_EQ(refusal(request_to(verb::options, "shop.example:80")), 400u);
}

TEST(Routes, QueryParametersThatNobodyUnderstandsAreRefusedByName) {
  const Request request = request_to(verb::get, "/v1/carts/a?tuoch=true");
  const Routing routing = find_route(request);
  ASSERT_TRUE(routing.refusal);
  EXPECT_EQ(routing.refusal->status, 422u);
  EXPECT_NE(routing.refusal->body.find("tuoch"), std::string::npos);
  EXPECT_EQ(refusal(request_to(verb::get, "/healthz?x")), 422u);
  EXPECT_EQ(refusal(request_to(verb::get, "/v1/carts/a?touch=true&touch=true")), 422u);
  EXPECT_EQ(refusal(request_to(verb::get, "/v1/carts/a?%ff=1")), 422u);
  EXPECT_EQ(refusal(request_to(verb::get, "/v1/carts/a?")), 0u);
}

TEST(Routes, TheParameterThatARouteUnderstandsIsDecoded) {
  const Request request = request_to(verb::get, "/v1/carts/a?touch=%74rue");
  const Routing routing = find_route(request);
  ASSERT_TRUE(routing.call);
  EXPECT_EQ(routing.call->parameter, "true");
}

TEST(Routes, ABodyWhereNoneBelongsIsRefused) { EXPECT_EQ(refusal(request_to(verb::get, "/v1/carts/a", "{}")), 422u); }

TEST(Routes, ABodyThatIsNotJsonIsRefused) {
  Request request = request_to(verb::post, "/v1/carts/a/items", "sku=1");
  request.content_type = "application/x-www-form-urlencoded";
  EXPECT_EQ(refusal(request), 415u);
  request.content_type = "Application/Json;charset=UTF-8";
  EXPECT_EQ(refusal(request), 0u);
  request.content_type.reset();
  EXPECT_EQ(refusal(request), 0u);
}

TEST(Routes, ARefusedMediaTypeSaysWhichHeaderToSend) {
  Request request = request_to(verb::post, "/v1/carts/a/items", "sku=1");
  request.content_type = "application/x-www-form-urlencoded";
  const Routing post = find_route(request);
  ASSERT_TRUE(post.refusal);
  EXPECT_NE(post.refusal->body.find("Content-Type: application/json"), std::string::npos) << post.refusal->body;
  EXPECT_EQ(post.refusal->headers, "Accept: application/json\r\n");
  request.method = verb::patch;
  request.target = "/v1/carts/a";
  const Routing patch = find_route(request);
  ASSERT_TRUE(patch.refusal);
  EXPECT_EQ(patch.refusal->status, 415u);
  EXPECT_EQ(patch.refusal->headers,
            "Accept: application/merge-patch+json, application/json\r\nAccept-Patch: application/merge-patch+json, application/json\r\n");
}

TEST(Routes, OnlyAPatchMayBeAMergePatch) {
  Request request = request_to(verb::patch, "/v1/carts/a", "{}");
  request.content_type = "application/merge-patch+json";
  EXPECT_EQ(refusal(request), 0u);
  request.target = "/v1/users/a";
  EXPECT_EQ(refusal(request), 0u);
  request.method = verb::put;
  EXPECT_EQ(refusal(request), 415u);
}

TEST(Routes, MalformedTargetsAreRefused) {
  EXPECT_EQ(refusal(request_to(verb::get, "/v1/carts/%zz")), 400u);
  EXPECT_EQ(refusal(request_to(verb::get, "*")), 400u);
  EXPECT_EQ(refusal(request_to(verb::connect, "shop.example:80")), 400u);
}

}  // namespace
}  // namespace cartd::http
