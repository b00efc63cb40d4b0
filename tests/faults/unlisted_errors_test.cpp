// Errors that nobody listed, as managed services and proxies answer them: they are the server's state, and cost no
// change.
#include "apps/programs.h"
#include "support/erring_proxy.h"
#include "support/http_client.h"
#include "support/parameter_name.h"
#include "support/redis_server.h"
#include "support/temp_dir.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace cartd::test {
namespace {

using nlohmann::json;
using When = ErringProxy::When;

const std::vector<std::string> unlisted{"ERR internal error", "oops", "FROZEN the future", "ERR syntax error",
                                        "NOQUORUM x"};

class UnlistedErrors : public testing::TestWithParam<std::tuple<std::string, bool>> {
 protected:
  UnlistedErrors() {
    std::vector<std::string> arguments{"--threads", "1"};
    if (with_journal()) arguments.insert(arguments.end(), {"--data-dir", folder_.path() / "data"});
    cartd_.emplace(arguments, Variables{{"REDIS_URL", "redis://127.0.0.1:" + std::to_string(proxy_.port())}});
    client_ = std::make_unique<HttpClient>(cartd_->port());
    EXPECT_TRUE(wait_until([&] { return client_->get("/readyz").status == 200; }));
  }

  static bool with_journal() { return std::get<1>(GetParam()); }
  HttpResponse add(const std::string& cart) { return client_->post("/v1/carts/" + cart + "/items", R"({"sku":"A"})"); }
  std::string stored(const std::string& cart) { return redis_.probe().command({"HGET", "cart:" + cart, "A"}).text; }

  const TempDir folder_;
  RedisServer redis_{{.binary = std::get<0>(GetParam())}};
  ErringProxy proxy_{redis_.port()};
  std::optional<RunningCartd> cartd_;
  std::unique_ptr<HttpClient> client_;
};

TEST_P(UnlistedErrors, InAReplayLoseNoAcknowledgedChange) {
  for (const When when : {When::before, When::after}) {
    const std::string cart = when == When::before ? "before" : "after";
    ASSERT_EQ(add(cart).status, 200);
    ASSERT_EQ(stored(cart), "1");
    // As a failover does that loses the change.
    redis_.probe().text({"FLUSHALL"});
    proxy_.err("EVAL", when, "ERR internal error", 8);
    ASSERT_TRUE(wait_until([&] {
      const HttpResponse read = client_->get("/v1/carts/" + cart);
      return proxy_.left() == 0 && read.status == 200 && json::parse(read.body).at("degraded") == false;
    }));
    const json read = json::parse(client_->get("/v1/carts/" + cart).body);
    EXPECT_EQ(read.at("item_count"), 1) << read;
    EXPECT_EQ(stored(cart), "1");
  }
  EXPECT_EQ(metric_in(client_->get("/metrics").body, "cartd_outbox_dead_letters_total").value_or(0), 0);
}

TEST_P(UnlistedErrors, AreAnsweredAsTheStateOfTheStoreAndCounted) {
  ASSERT_EQ(add("live").status, 200);
  for (const std::string& words : unlisted) {
    proxy_.err("EVAL", When::before, words, 1'000'000);
    const HttpResponse added = add("live");
    const std::string durability = added.status == 200 ? json::parse(added.body).value("durability", "") : "";
    if (with_journal()) {
      EXPECT_EQ(durability, "journal") << words << added.body;
    } else {
      EXPECT_EQ(added.status, 504) << words << added.body;
      // Of a cart that this process does not know, reading it fails first.
      EXPECT_EQ(client_->put("/v1/carts/unknown/items/A", R"({"quantity":1})").status, 503) << words;
    }
    const HttpResponse read = client_->get("/v1/carts/other");
    EXPECT_EQ(read.status, with_journal() ? 200 : 503) << words << read.body;
    EXPECT_EQ(client_->put("/v1/users/u", R"({"name":"A"})").status, 504) << words;
    proxy_.err("EVAL", When::before, words, 0);
  }
  const std::string metrics = client_->get("/metrics").body;
  EXPECT_GT(metric_in(metrics, "cartd_redis_errors_total{code=\"ERR\"}").value_or(0), 0);
  EXPECT_GT(metric_in(metrics, "cartd_redis_errors_total{code=\"FROZEN\"}").value_or(0), 0);
  EXPECT_GT(metric_in(metrics, "cartd_redis_errors_total{code=\"other\"}").value_or(0), 0);
  for (const std::string& words : unlisted) {
    const std::string log = cartd_->log();
    const std::size_t first = log.find("\"reply\":\"" + words);
    EXPECT_NE(first, std::string::npos) << words;
  }
  if (with_journal()) {
    EXPECT_TRUE(wait_until([&] { return stored("live") == std::to_string(1 + unlisted.size()); })) << stored("live");
  }
}

TEST_P(UnlistedErrors, AreRetriedLessAndLessOften) {
  ASSERT_EQ(add("c").status, 200);
  redis_.probe().text({"FLUSHALL"});
  proxy_.err("EVALSHA", When::before, "ERR internal error", 1'000'000);
  const std::size_t before = proxy_.seen("EVALSHA");
  client_->get("/v1/carts/c");
  const HttpResponse answered = add("c");
  EXPECT_NE(answered.status, 500) << answered.body;
  // Two requests of 200 ms each, and what nobody waits for.
  EXPECT_LT(proxy_.seen("EVALSHA") - before, 60U);
}

INSTANTIATE_TEST_SUITE_P(Servers, UnlistedErrors,
                         testing::Combine(testing::ValuesIn(server_binaries()), testing::Bool()),
                         [](const auto& tested) {
                           std::string name = std::get<0>(tested.param);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name + (std::get<1>(tested.param) ? "_with_journal" : "_alone");
                         });

}  // namespace
}  // namespace cartd::test
