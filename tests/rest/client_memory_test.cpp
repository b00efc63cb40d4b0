// How much clients may hold: what is decided, and what becomes of connections.
#include "http/client_memory.h"

#include "rest/http_fixture.h"
#include "support/wait_until.h"

#include <gmock/gmock.h>

#include <chrono>
#include <memory>
#include <stdexcept>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using http::Claim, http::ClientMemory, http::slowest;
using testing::ElementsAre, testing::IsEmpty;

constexpr std::size_t MiB = std::size_t{1} << 20;

TEST(SlowestConnections, AreThoseThatHoldMostForLongest) {
  const std::vector<Claim> claims{{100, 10ms}, {1000, 10ms}, {100, 1000ms}, {0, 5000ms}};
  EXPECT_THAT(slowest(claims, 1, 0ms), ElementsAre(2));
  EXPECT_THAT(slowest(claims, 101, 0ms), ElementsAre(2, 1));
  EXPECT_THAT(slowest(claims, 100'000, 0ms), ElementsAre(2, 1, 0));
  EXPECT_THAT(slowest(claims, 100'000, 500ms), ElementsAre(2)) << "the others have not waited long enough";
  EXPECT_THAT(slowest(claims, 0, 0ms), IsEmpty());
}

TEST(ClientMemoryBound, KeepsTheLastQuarterForThoseThatHoldLittle) {
  Metrics metrics;
  ClientMemory memory(4 * MiB, nullptr, metrics);
  EXPECT_TRUE(memory.fits(0, 3 * MiB));
  EXPECT_FALSE(memory.fits(0, 3 * MiB + 1));
  memory.resize(0, 3 * MiB);
  EXPECT_FALSE(memory.fits(ClientMemory::much, 1));
  EXPECT_TRUE(memory.fits(0, ClientMemory::much));
  memory.resize(3 * MiB, 4 * MiB);
  EXPECT_FALSE(memory.fits(0, 1));
  EXPECT_GT(memory.missing(1), 1U);
  memory.resize(4 * MiB, 0);
  EXPECT_EQ(memory.missing(1), 0U);
}

TEST(ClientMemoryBound, IsLessPatientTheLessIsLeft) {
  Metrics metrics;
  ClientMemory memory(16 * MiB, nullptr, metrics);
  const auto now = ClientMemory::Clock::now();
  memory.resize(0, 12 * MiB);
  EXPECT_EQ(memory.overdue(now), 0U);
  EXPECT_EQ(memory.patience(), 1000ms);
  memory.resize(12 * MiB, 15 * MiB);
  EXPECT_EQ(memory.overdue(now), 7 * MiB);
  EXPECT_EQ(memory.patience(), 0ms);
}

TEST(ClientMemoryBound, IsMadeToFitWhatWasRefused) {
  Metrics metrics;
  ClientMemory memory(16 * MiB, nullptr, metrics);
  memory.resize(0, 11 * MiB);
  const auto now = ClientMemory::Clock::now();
  EXPECT_EQ(memory.overdue(now), 0U);
  memory.count_refusal(2 * MiB, now);
  EXPECT_EQ(memory.overdue(now), 2 * MiB) << "and one to spare";
  EXPECT_EQ(memory.overdue(now + 4s), 0U) << "nobody seems to want it any more";
  memory.resize(11 * MiB, 9 * MiB);
  EXPECT_EQ(memory.overdue(now), 0U);
}

TEST(ClientMemoryBound, FollowsTheOneOfTheContainer) {
  Metrics metrics;
  std::uint64_t bound = 4 * MiB;
  ClientMemory memory(
      bound, [&] { return bound; }, metrics);
  bound = MiB;
  memory.tend(0, ClientMemory::Clock::now());
  EXPECT_FALSE(memory.fits(0, 2 * MiB));
}

TEST(ExpectedAnswers, AreThoseOfTheSameCart) {
  Metrics metrics;
  ClientMemory memory(MiB, nullptr, metrics);
  EXPECT_EQ(memory.expected_answer("/v1/carts/a"), 0U);
  memory.learn_answer("/v1/carts/a", 100'000);
  EXPECT_EQ(memory.expected_answer("/v1/carts/a/items/s?quantity=1"), 100'000U);
  EXPECT_EQ(memory.expected_answer("/v1/carts/b"), 0U);
  memory.learn_answer("/v1/carts/a", 10);
  EXPECT_GT(memory.expected_answer("/v1/carts/a"), 0U)
      << "one short answer, to a change that wants no cart, says little";
  for (int i = 0; i < 10; ++i) memory.learn_answer("/v1/carts/a", 10);
  EXPECT_EQ(memory.expected_answer("/v1/carts/a"), 0U);
}

class HttpMemory : public HttpTest {
 protected:
  HttpMemory() {
    options.limits.memory_bytes = 4 * MiB;
    options.limits.body_bytes = 2 * MiB;
    options.timeouts.body = 20s;
    options.timeouts.write = 20s;
  }

  /// A cart whose answer takes 400 KB or so.
  void make_big_cart() {
    std::string body = "[";
    for (int i = 0; i < 100; ++i) {
      if (i > 0) body += ',';
      body +=
          R"({"op":"add","sku":"s)" + std::to_string(i) + R"(","metadata":{"m":")" + std::string(4000, 'x') + R"("}})";
    }
    ASSERT_EQ(client().post("/v1/carts/big/commands", body + "]").status, 200);
  }

  std::unique_ptr<HttpClient> slow() {
    return std::make_unique<HttpClient>(port(), HttpClientOptions{.receive_buffer = 4096});
  }

  std::unique_ptr<HttpClient> slow_reader() {
    auto made = slow();
    made->write(http_request("GET", "/v1/carts/big", "", {}));
    return made;
  }

  double held() { return metric("cartd_http_memory_bytes"); }
  double refusals() { return metric("cartd_http_memory_refusals_total"); }
  double cuts() { return metric("cartd_http_memory_cuts_total"); }
};

TEST_F(HttpMemory, IsGivenBackWithTheLastByteOfALargeAnswer) {
  serve();
  make_big_cart();
  EXPECT_GT(client().get("/v1/carts/big").body.size(), 400'000U);
  EXPECT_TRUE(wait_until([&] { return held() == 0; })) << held() << " bytes are held by an idle connection";
  const auto reader = slow_reader();
  EXPECT_TRUE(wait_until([&] { return held() > 400'000; }));
  EXPECT_GT(reader->read()->body.size(), 400'000U);
  EXPECT_TRUE(wait_until([&] { return held() == 0; }));
}

TEST_F(HttpMemory, RefusesLargeRequestsWithoutRoomAndServesSmallOnes) {
  serve();
  make_big_cart();
  std::vector<std::unique_ptr<HttpClient>> readers;
  ASSERT_TRUE(wait_until([&] {
    readers.push_back(slow_reader());
    return refusals() > 0 || readers.size() > 200;
  }));
  EXPECT_LE(held(), static_cast<double>(4 * MiB));
  // Within a second from now room is made by cutting the slow ones; what is refused before that says so.
  EXPECT_EQ(client().post("/v1/carts/a/items", R"({"sku":"s"})").status, 200);
  EXPECT_TRUE(wait_until([&] {
    readers.push_back(slow_reader());
    const HttpResponse response = client().get("/v1/carts/big");
    if (response.status == 200) return false;
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(problem_code(response), "overloaded");
    EXPECT_EQ(response.header("retry-after"), "1");
    return true;
  }));
  EXPECT_EQ(client().get("/v1/carts/a").status, 200) << "the connection is kept";
}

TEST_F(HttpMemory, ComesBackFromReadersThatAreTooSlow) {
  serve();
  make_big_cart();
  std::vector<std::unique_ptr<HttpClient>> readers;
  for (int i = 0; i < 40; ++i) readers.push_back(slow_reader());
  EXPECT_TRUE(wait_until([&] { return cuts() > 0; }));
  EXPECT_TRUE(wait_until([&] { return client().get("/v1/carts/big").status == 200; }));
  EXPECT_LE(held(), static_cast<double>(4 * MiB));
}

TEST_F(HttpMemory, DoesNotReadBodiesWithoutRoom) {
  serve();
  const std::string beginning =
      "POST /v1/carts/c/items HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + std::string(500'000, ' ');
  std::vector<std::unique_ptr<HttpClient>> senders;
  EXPECT_TRUE(wait_until([&] {
    const double before = refusals();
    senders.push_back(slow());
    try {
      senders.back()->write(beginning);
    } catch (const std::runtime_error&) {
      // Refused before all was sent.
    }
    return wait_until([&] { return refusals() > before; }, 100ms);
  }));
  EXPECT_LE(held(), static_cast<double>(4 * MiB));
  // The others make no progress, so it is the last one that was refused.
  const auto response = senders.back()->read_answer_to("POST", "/v1/carts/c/items");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(problem_code(*response), "overloaded");
  EXPECT_EQ(response->header("retry-after"), "1");
  EXPECT_TRUE(senders.back()->closed_by_server());
  EXPECT_EQ(cart("c").at("version"), 0);
}

TEST_F(HttpMemory, AnswersOfModerateSizeDisplaceTheSlowest) {
  serve();
  make_big_cart();
  const std::string body = R"({"sku":"s","metadata":{"m":")" + std::string(4000, 'x') + R"("}})";
  for (int i = 0; i < 300; ++i) {
    const auto reader = slow_reader();
    ASSERT_EQ(client().post("/v1/carts/moderate/items", body).status, 200);
    ASSERT_EQ(client().get("/v1/carts/moderate").status, 200);
  }
}

TEST_F(HttpMemory, IdleConnectionsMakeRoomWhenFewAreLeft) {
  options.limits.connections = 16;
  options.timeouts.idle = 20min;
  options.timeouts.crowded = 100ms;
  serve();
  std::vector<std::unique_ptr<HttpClient>> idle;
  for (int i = 0; i < 16; ++i) idle.push_back(std::make_unique<HttpClient>(port()));
  EXPECT_TRUE(wait_until([&] {
    HttpClient other(port());
    other.write(http_request("GET", "/healthz", "", {}));
    const auto response = other.read();
    return response && response->status == 200;
  }));
}

}  // namespace
}  // namespace cartd::test
