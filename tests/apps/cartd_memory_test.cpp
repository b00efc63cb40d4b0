// What hostile clients can make a cartd take of the machine's memory, as the system counts it.
#include "apps/programs.h"
#include "support/http_client.h"
#include "support/process_memory.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace cartd::test {
namespace {

constexpr std::size_t MiB = std::size_t{1} << 20;
constexpr std::size_t budget = 16 * MiB;
constexpr std::size_t big_cart = 2 * MiB;
constexpr std::size_t connection = 8 * 1024;
constexpr std::size_t threads = 2;

class CartdMemory : public ::testing::Test {
 protected:
  CartdMemory() {
    HttpClient client(cartd.port());
    const std::string line = R"({"quantity":1,"metadata":{"m":")" + std::string(4070, 'x') + R"("}})";
    for (int i = 0; i < 500; ++i)
      EXPECT_EQ(client.put("/v1/carts/big/items/s" + std::to_string(i), line, {{"Prefer", "return=minimal"}}).status,
                204);
    EXPECT_GT(client.get("/v1/carts/big").body.size(), big_cart * 9 / 10);
    before_ = cartd.memory("VmRSS");
  }

  /// What the manual says: as before, what clients may hold, what each connection takes, and an answer in the making a
  /// thread, as a cart, as its text, and as that with a header.
  std::size_t bound(std::size_t connections) const {
    return before_ + budget + connections * connection + threads * 3 * big_cart;
  }

  /// Clients that each send this and read nothing, beside one that uses a cart as one does.
  void attack(std::size_t connections, const std::string& bytes) {
    std::atomic<bool> over{false};
    std::atomic<int> failures{0};
    std::thread guest([&] {
      HttpClient client(cartd.port());
      while (!over)
        if (client.post("/v1/carts/a/items", R"({"sku":"s"})").status != 200 || client.get("/v1/carts/a").status != 200)
          ++failures;
    });
    std::vector<std::unique_ptr<HttpClient>> clients;
    for (std::size_t i = 0; i < connections; ++i) {
      clients.push_back(std::make_unique<HttpClient>(cartd.port(), HttpClientOptions{.receive_buffer = 2048}));
      try {
        clients.back()->write(bytes);
      } catch (const std::runtime_error&) {
        // Refused before all was sent.
      }
    }
    EXPECT_TRUE(wait_until([&] { return refused_or_cut() > 0; }));
    over = true;
    guest.join();
    EXPECT_EQ(failures, 0) << "other clients do not notice";
    if (memory_is_cartds) {
      EXPECT_LT(cartd.memory("VmHWM"), bound(connections));
    }
  }

  double refused_or_cut() const {
    const std::string metrics = cartd.ask("GET", "/metrics").body;
    return metric_in(metrics, "cartd_http_memory_refusals_total").value_or(0) +
           metric_in(metrics, "cartd_http_memory_cuts_total").value_or(0);
  }

  void expect_memory_back() {
    const std::size_t near = before_ + before_ / 4 + 4 * MiB;
    if (memory_is_cartds) {
      EXPECT_TRUE(wait_until([&] { return cartd.memory("VmRSS") < near; })) << cartd.memory("VmRSS") << " of " << near;
    }
  }

  RunningCartd cartd{{"--max-http-memory", "16MiB"}};

 private:
  std::size_t before_ = 0;
};

TEST_F(CartdMemory, IsBoundedWhateverSlowReadersAskFor) {
  attack(300, http_request("GET", "/v1/carts/big", "", {}));
  expect_memory_back();
}

TEST_F(CartdMemory, IsBoundedWhateverIsPipelined) {
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += http_request("GET", "/v1/carts/big", "", {});
  attack(100, requests);
  expect_memory_back();
}

TEST_F(CartdMemory, IsBoundedWhateverBodiesDoNotEnd) {
  attack(600, "POST /v1/carts/c/items HTTP/1.1\r\nHost: a\r\nContent-Length: 65000\r\n\r\n" + std::string(64'000, ' '));
  expect_memory_back();
}

TEST_F(CartdMemory, IsBoundedWhateverHeadersDoNotEnd) {
  attack(900, "GET /v1/carts/c HTTP/1.1\r\nHost: a\r\nX: " + std::string(16'000, 'x'));
  expect_memory_back();
}

}  // namespace
}  // namespace cartd::test
