// What changes that are not durable take of a cartd's memory, as the system counts it, beside what cartd says of it.
#include "apps/programs.h"
#include "support/http_client.h"
#include "support/redis_server.h"
#include "support/temp_dir.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <thread>
#include <vector>

namespace cartd::test {
namespace {

constexpr int clients = 8;

/// Adds to carts "<prefix>0" to "<prefix><carts - 1>" in turn, `changes` of them, from several clients.
void add(const RunningCartd& cartd, const std::string& prefix, int carts, int changes) {
  std::vector<std::thread> threads;
  for (int i = 0; i < clients; ++i)
    threads.emplace_back([&, i] {
      HttpClient client(cartd.port());
      for (int n = i; n < changes; n += clients) {
        const std::string items = "/v1/carts/" + prefix + std::to_string(n % carts) + "/items";
        const std::string body = R"({"sku":"sku-)" + std::to_string(n % 7) + R"("})";
        EXPECT_EQ(client.post(items, body, {{"Prefer", "return=minimal"}}).status, 204);
      }
    });
  for (std::thread& thread : threads) thread.join();
}

double figure(const RunningCartd& cartd, const char* name) {
  return metric_in(cartd.ask("GET", "/metrics").body, name).value_or(-1);
}

/// The changes that `load` makes, by the metric and by the process.
template <class Load>
void expect_true_figure(RunningCartd& cartd, Load load) {
  const double counted_before = figure(cartd, "cartd_outbox_memory_bytes");
  const std::size_t before = memory_of(cartd, "RssAnon");
  load();
  const double counted = figure(cartd, "cartd_outbox_memory_bytes") - counted_before;
  const double taken = static_cast<double>(memory_of(cartd, "RssAnon")) - static_cast<double>(before);
  EXPECT_GT(counted, 0);
  if (!memory_is_cartds) return;
  EXPECT_GT(counted, 0.8 * taken);
  EXPECT_LT(counted, 1.2 * taken);
}

// Without replicas, changes stay unconfirmed for --retention.
TEST(OutboxMemory, OfUnconfirmedChangesIsWhatTheMetricSays) {
  const RedisServer redis;
  RunningCartd cartd{{"--redis-url", redis.url(), "--retention", "1h", "--threads", "2", "--cache-size", "1MiB"}};
  add(cartd, "warm", 20'000, 20'000);  // Fills the cache, and what each thread keeps at hand.
  expect_true_figure(cartd, [&] { add(cartd, "few", 500, 40'000); });
  expect_true_figure(cartd, [&] { add(cartd, "many", 40'000, 40'000); });
}

TEST(OutboxMemory, OfChangesThatWaitIsWhatTheMetricSays) {
  RedisServer redis;
  const TempDir folder;
  RunningCartd cartd{{"--redis-url", redis.url(), "--data-dir", (folder.path() / "data").string(), "--threads", "2"}};
  add(cartd, "warm", 500, 20'000);
  redis.stop();
  expect_true_figure(cartd, [&] { add(cartd, "few", 500, 40'000); });
  expect_true_figure(cartd, [&] { add(cartd, "many", 40'000, 40'000); });
}

}  // namespace
}  // namespace cartd::test
