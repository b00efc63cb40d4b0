#include "rest/http_fixture.h"

#include "api/rest/routes.h"
#include "journal/journal_on.h"
#include "store/memory/memory_cart_store.h"
#include "store/memory/memory_user_store.h"

#include <stdexcept>
#include <utility>

namespace cartd::test {

using namespace std::chrono_literals;

HttpTest::HttpTest() {
  options.port = 0;
  options.timeouts.header = 300ms;
  options.timeouts.body = 300ms;
  options.timeouts.idle = 20s;
  options.timeouts.write = 300ms;
  options.timeouts.linger = 300ms;
  options.timeouts.drain = 5s;
  options.timeouts.farewell = 100ms;
  options.timeouts.sweep = 20ms;
}

HttpTest::~HttpTest() {
  client_.reset();
  faults.release();
  disk.release();
  if (server_) server_->drain();
  server_.reset();
  if (carts_) carts_->stop();
  reactors.stop();
}

void HttpTest::open_journal(std::uint64_t max_bytes, std::chrono::milliseconds deadline) {
  auto opened = journal::open_on(disk, {folder_.path() / "journal", max_bytes, deadline});
  if (!opened) throw std::runtime_error("no journal: " + opened.error());
  journal_ = std::move(*opened);
}

void HttpTest::serve() {
  for (std::size_t i = 0; i < reactors.size(); ++i) {
    auto executor = reactors[i].io().get_executor();
    auto carts = std::make_unique<MemoryCartStore>(executor, clock_, budget_, [] {});
    shards_.push_back({std::make_unique<FaultyCartStore>(executor, std::move(carts), faults),
                       std::make_unique<MemoryUserStore>(service_options.policy.limits, budget_)});
  }
  carts_ = std::make_unique<CartService>(reactors, shards_, clock_, metrics_, journal_.get(), service_options);
  users_ = std::make_unique<UserService>(reactors, shards_, *carts_, service_options);
  moving_ = std::make_unique<Moving>(reactors, shards_, clock_, service_options);
  context_ = std::make_unique<rest::Context>(*carts_, *users_, *moving_, metrics_, "memory");
  server_ = std::make_unique<http::Server>(reactors, rest::make_router(*context_), metrics_, options);
  carts_->start();
  reactors.start();
  server_->start();
}

bool HttpTest::drain() {
  context_->stopping = true;
  return server_->drain();
}

HttpClient& HttpTest::client() {
  if (!client_) client_ = std::make_unique<HttpClient>(port());
  return *client_;
}

nlohmann::json HttpTest::cart(const std::string& id) {
  const HttpResponse response = client().get("/v1/carts/" + id);
  EXPECT_EQ(response.status, 200) << response.body;
  return nlohmann::json::parse(response.body);
}

double HttpTest::metric(const std::string& series) { return metric_in(metrics_.text(), series).value_or(0); }

std::string problem_code(const HttpResponse& response) {
  if (response.header("content-type") != "application/problem+json") return "";
  const auto problem = nlohmann::json::parse(response.body);
  const std::string type = problem.at("type");
  EXPECT_EQ(problem.at("status"), response.status);
  EXPECT_FALSE(problem.at("title").get<std::string>().empty());
  const std::string prefix = "urn:cartd:";
  EXPECT_TRUE(type.starts_with(prefix)) << type;
  return type.substr(prefix.size());
}

}  // namespace cartd::test
