// What changes that are not durable take of a cartd's memory, as the system counts it, beside what cartd says of it.
#include "apps/programs.h"
#include "support/http_client.h"
#include "support/redis_server.h"
#include "support/temp_dir.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <thread>
#include <vector>

namespace cartd::test {
namespace {

/// Sends changes 0 to `changes` - 1 from several clients: `send(client, number)` answers the status.
template <class Send>
void from_many_clients(const RunningCartd& cartd, int changes, Send send) {
  constexpr int clients = 16;
  std::vector<std::thread> threads;
  for (int i = 0; i < clients; ++i)
    threads.emplace_back([&, i] {
      HttpClient client(cartd.port());
      for (int n = i; n < changes; n += clients) EXPECT_EQ(send(client, n), 204);
    });
  for (std::thread& thread : threads) thread.join();
}

/// Adds to carts "<prefix>0" to "<prefix><carts - 1>" in turn.
void add(const RunningCartd& cartd, const std::string& prefix, int carts, int changes) {
  from_many_clients(cartd, changes, [&](HttpClient& client, int n) {
    const std::string items = "/v1/carts/" + prefix + std::to_string(n % carts) + "/items";
    const std::string body = R"({"sku":"sku-)" + std::to_string(n % 7) + R"("})";
    return client.post(items, body, {{"Prefer", "return=minimal"}}).status;
  });
}

/// Gives carts "<prefix>0" and so on metadata of 16 KB.
void annotate(const RunningCartd& cartd, const std::string& prefix, int carts) {
  const std::string body = R"({"metadata":{"m":")" + std::string(16'000, 'x') + R"("}})";
  from_many_clients(cartd, carts, [&](HttpClient& client, int n) {
    return client.request("PATCH", "/v1/carts/" + prefix + std::to_string(n), body, {{"Prefer", "return=minimal"}})
        .status;
  });
}

double figure(const RunningCartd& cartd, const char* name) {
  return metric_in(cartd.ask("GET", "/metrics").body, name).value_or(-1);
}

/// The changes that `load` makes, by the metric and by the process.
template <class Load>
void expect_true_figure(const RunningCartd& cartd, Load load) {
  const double counted_before = figure(cartd, "cartd_outbox_memory_bytes");
  const std::size_t before = cartd.memory("RssAnon");
  load();
  const double counted = figure(cartd, "cartd_outbox_memory_bytes") - counted_before;
  const double taken = static_cast<double>(cartd.memory("RssAnon")) - static_cast<double>(before);
  EXPECT_NEAR(counted, taken, 0.2 * taken);
}

// Without replicas, changes stay unconfirmed for --retention.
TEST(OutboxMemory, OfUnconfirmedChangesIsWhatTheMetricSays) {
  const RedisServer redis;
  const RunningCartd cartd{
      {"--redis-url", redis.url(), "--retention", "1h", "--cache-size", "1MiB", "--store-deadline", "10s"}};
  add(cartd, "warm", 10'000, 10'000);  // Fills the cache, and what each thread keeps at hand.
  expect_true_figure(cartd, [&] { add(cartd, "few", 500, 30'000); });
  expect_true_figure(cartd, [&] { add(cartd, "many", 30'000, 30'000); });
}

TEST(OutboxMemory, OfChangesThatWaitIsWhatTheMetricSays) {
  RedisServer redis;
  const TempDir folder;
  const RunningCartd cartd{{"--redis-url", redis.url(), "--data-dir", (folder.path() / "data").string()}};
  redis.stop();
  add(cartd, "warm", 2'000, 2'000);
  expect_true_figure(cartd, [&] { add(cartd, "many", 20'000, 20'000); });
  expect_true_figure(cartd, [&] { annotate(cartd, "large", 1'500); });
}

}  // namespace
}  // namespace cartd::test
