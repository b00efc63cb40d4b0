#include "api/rest/routes.h"

#include "runtime/clock.h"
#include "runtime/memory_budget.h"
#include "store/memory/memory_cart_store.h"
#include "store/memory/memory_user_store.h"
#include "store/shard.h"

#include <gtest/gtest.h>
#include <boost/beast/http/verb.hpp>

#include <memory>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace cartd::rest {
namespace {

using http::Body, http::MediaType, http::Request, http::Route, http::Routing, http::verb;

Request request_to(verb method, const std::string& target, const std::string& body = "") {
  Request request;
  request.method = method;
  request.target = target;
  request.body = body;
  return request;
}

class Routes : public ::testing::Test {
 protected:
  /// 0 when a handler would be asked.
  unsigned refusal(const Request& request) {
    const Routing routing = router.find(request);
    return routing.refusal ? routing.refusal->status : 0;
  }

 private:
  std::vector<Shard> make_shards() {
    std::vector<Shard> shards;
    const auto executor = reactors_[0].io().get_executor();
    shards.push_back({std::make_unique<MemoryCartStore>(executor, clock_, budget_, [] {}),
                      std::make_unique<MemoryUserStore>(Limits{}, budget_)});
    return shards;
  }

  SystemClock clock_;
  Metrics metrics_;
  MemoryBudget budget_{std::size_t{1} << 20};
  Reactors reactors_{1};
  std::vector<Shard> shards_ = make_shards();
  CartService carts_{reactors_, shards_, clock_, metrics_, nullptr, {}};
  UserService users_{reactors_, shards_, carts_, {}};
  Moving moving_{reactors_, shards_, clock_, {}};
  Context context_{carts_, users_, moving_, metrics_, "memory"};

 protected:
  const http::Router router = make_router(context_);
};

TEST_F(Routes, NoTwoHaveTheSamePathAndMethod) {
  std::set<std::string> seen;
  for (const Route& route : router.routes())
    EXPECT_TRUE(
        seen.insert(std::string(boost::beast::http::to_string(route.method)) + " " + std::string(route.pattern)).second)
        << route.pattern;
}

TEST_F(Routes, EveryOneIsFoundByItsOwnPath) {
  for (const Route& route : router.routes()) {
    const std::string target = std::regex_replace(std::string(route.pattern), std::regex("\\{[a-z]+\\}"), "x");
    const Request request = request_to(route.method, target, route.body == Body::none ? "" : "{}");
    const Routing routing = router.find(request);
    EXPECT_EQ(routing.route, &route) << target;
    EXPECT_TRUE(routing.call.has_value()) << target;
  }
}

TEST_F(Routes, TheVariablePartsOfThePathAreDecoded) {
  const Request request = request_to(verb::put, "/v1/carts/a%3Ab/items/%E2%98%95%2F1", "{}");
  const Routing routing = router.find(request);
  ASSERT_TRUE(routing.call);
  EXPECT_EQ(routing.call->names[0], "a:b");
  EXPECT_EQ(routing.call->names[1], "\xE2\x98\x95/1");
}

TEST_F(Routes, HeadFindsWhatGetFinds) {
  const Request head = request_to(verb::head, "/v1/carts/a");
  const Request get = request_to(verb::get, "/v1/carts/a");
  EXPECT_EQ(router.find(head).route, router.find(get).route);
}

TEST_F(Routes, UnknownPathsAreNotFound) {
  for (const char* path :
       {"/", "/v1", "/v1/carts", "/v1/carts/", "/v1/carts/a/", "/v1/carts/a/items/b/c", "/v2/carts/a", "/V1/carts/a",
        "/v1/carts//items", "/v1/carts/a/items/", "/healthz/", "/1/2/3/4/5/6/7/8/9"})
    EXPECT_EQ(refusal(request_to(verb::get, path)), 404u) << path;
}

TEST_F(Routes, KnownPathsNameTheMethodsTheyAllow) {
  const Request request = request_to(verb::post, "/v1/carts/a");
  const Routing routing = router.find(request);
  ASSERT_TRUE(routing.refusal);
  EXPECT_EQ(routing.refusal->status, 405u);
  EXPECT_EQ(routing.refusal->headers, "Allow: GET, HEAD, DELETE, PATCH, OPTIONS\r\n");
  for (const verb method : {verb::unknown, verb::trace, verb::connect})
    EXPECT_EQ(refusal(request_to(method, "/healthz")), 405u);
}

TEST_F(Routes, OptionsAreToldForEveryPath) {
  const auto headers = [this](const std::string& target) {
    const Request request = request_to(verb::options, target);
    const Routing routing = router.find(request);
    EXPECT_EQ(routing.refusal->status, 204u) << target;
    return routing.refusal->headers;
  };
  EXPECT_EQ(headers("/v1/carts/a"),
            "Allow: GET, HEAD, DELETE, PATCH, OPTIONS\r\nAccept-Patch: application/merge-patch+json, application/json, "
            "application/msgpack\r\n");
  EXPECT_EQ(headers("/v1/carts/a/items"), "Allow: POST, DELETE, OPTIONS\r\n");
  EXPECT_EQ(headers("/v1/carts/a/items/b"),
            "Allow: PUT, DELETE, PATCH, OPTIONS\r\nAccept-Patch: application/merge-patch+json, application/json, "
            "application/msgpack\r\n");
  EXPECT_EQ(headers("/healthz?anything"), "Allow: GET, HEAD, OPTIONS\r\n");
  EXPECT_EQ(headers("*"),
            "Allow: GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS\r\nAccept-Patch: application/merge-patch+json, "
            "application/json, application/msgpack\r\n");
  EXPECT_EQ(refusal(request_to(verb::options, "/v1/nothing")), 404u);
  EXPECT_EQ(refusal(request_to(verb::options, "/v1/carts/a", "{}")), 422u);
  EXPECT_EQ(refusal(request_to(verb::options, "*", "{}")), 422u);
  EXPECT_EQ(refusal(request_to(verb::options, "shop.example:80")), 400u);
}

TEST_F(Routes, QueryParametersThatNobodyUnderstandsAreRefusedByName) {
  const Request request = request_to(verb::get, "/v1/carts/a?tuoch=true");
  const Routing routing = router.find(request);
  ASSERT_TRUE(routing.refusal);
  EXPECT_EQ(routing.refusal->status, 422u);
  EXPECT_NE(routing.refusal->body.find("tuoch"), std::string::npos);
  EXPECT_EQ(refusal(request_to(verb::get, "/healthz?x")), 422u);
  EXPECT_EQ(refusal(request_to(verb::get, "/v1/carts/a?touch=true&touch=true")), 422u);
  EXPECT_EQ(refusal(request_to(verb::get, "/v1/carts/a?%ff=1")), 422u);
  EXPECT_EQ(refusal(request_to(verb::get, "/v1/carts/a?")), 0u);
}

TEST_F(Routes, TheParameterThatARouteUnderstandsIsDecoded) {
  const Request request = request_to(verb::get, "/v1/carts/a?touch=%74rue");
  const Routing routing = router.find(request);
  ASSERT_TRUE(routing.call);
  EXPECT_EQ(routing.call->parameters[0], "true");
}

TEST_F(Routes, ABodyWhereNoneBelongsIsRefused) { EXPECT_EQ(refusal(request_to(verb::get, "/v1/carts/a", "{}")), 422u); }

TEST_F(Routes, ABodyThatIsNotJsonIsRefused) {
  Request request = request_to(verb::post, "/v1/carts/a/items", "sku=1");
  request.media_type = MediaType::other;
  EXPECT_EQ(refusal(request), 415u);
  request.media_type = MediaType::json;
  EXPECT_EQ(refusal(request), 0u);
  request.media_type = MediaType::none;
  EXPECT_EQ(refusal(request), 0u);
}

TEST_F(Routes, ARefusedMediaTypeSaysWhichHeaderToSend) {
  Request request = request_to(verb::post, "/v1/carts/a/items", "sku=1");
  request.media_type = MediaType::other;
  const Routing post = router.find(request);
  ASSERT_TRUE(post.refusal);
  EXPECT_NE(post.refusal->body.find("Content-Type: application/json"), std::string::npos) << post.refusal->body;
  EXPECT_EQ(post.refusal->headers, "Accept: application/json, application/msgpack\r\n");
  request.method = verb::patch;
  request.target = "/v1/carts/a";
  const Routing patch = router.find(request);
  ASSERT_TRUE(patch.refusal);
  EXPECT_EQ(patch.refusal->status, 415u);
  EXPECT_EQ(patch.refusal->headers,
            "Accept: application/merge-patch+json, application/json, application/msgpack\r\nAccept-Patch: "
            "application/merge-patch+json, "
            "application/json, application/msgpack\r\n");
}

TEST_F(Routes, OnlyAPatchMayBeAMergePatch) {
  Request request = request_to(verb::patch, "/v1/carts/a", "{}");
  request.media_type = MediaType::merge_patch;
  EXPECT_EQ(refusal(request), 0u);
  request.target = "/v1/users/a";
  EXPECT_EQ(refusal(request), 0u);
  request.method = verb::put;
  EXPECT_EQ(refusal(request), 415u);
}

TEST_F(Routes, MalformedTargetsAreRefused) {
  EXPECT_EQ(refusal(request_to(verb::get, "/v1/carts/%zz")), 400u);
  EXPECT_EQ(refusal(request_to(verb::get, "*")), 400u);
  EXPECT_EQ(refusal(request_to(verb::connect, "shop.example:80")), 400u);
}

}  // namespace
}  // namespace cartd::rest
