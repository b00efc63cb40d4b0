// What an operator reads in the log, and sees in the figures, while something breaks.
#include "apps/programs.h"
#include "support/http_client.h"
#include "support/redis_cluster.h"
#include "support/redis_server.h"
#include "support/sentinel_group.h"
#include "support/temp_dir.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <sstream>
#include <string>
#include <vector>

namespace cartd::test {
namespace {

using nlohmann::json;

constexpr const char* items = "/v1/carts/c/items";
constexpr const char* one = R"({"sku":"A"})";
// However slow the machine is.
constexpr std::chrono::minutes patience(1);

/// The lines of the log whose event begins with `event`.
std::vector<json> lines_of(const RunningCartd& cartd, const std::string& event) {
  std::vector<json> found;
  std::istringstream log(cartd.log());
  for (std::string line; std::getline(log, line);) {
    const json parsed = json::parse(line, nullptr, false);
    if (parsed.is_object() && parsed.value("event", "").starts_with(event)) found.push_back(parsed);
  }
  return found;
}

/// Waits for such a line and answers the newest one.
json wait_for_line(const RunningCartd& cartd, const std::string& event) {
  std::vector<json> found;
  EXPECT_TRUE(wait_until(
      [&] {
        found = lines_of(cartd, event);
        return !found.empty();
      },
      patience))
      << event << "\n"
      << cartd.log();
  return found.empty() ? json::object() : found.back();
}

void wait_until_ready(HttpClient& client) {
  const auto is_ready = [&] {
    const json readiness = json::parse(client.get("/readyz").body);
    return readiness.at("status") == "ready" && readiness.at("outbox").at("depth") == 0;
  };
  ASSERT_TRUE(wait_until(is_ready, patience)) << client.get("/readyz").body;
}

double metric(HttpClient& client, const std::string& series) {
  return metric_in(client.get("/metrics").body, series).value_or(-1);
}

std::string name(const RedisServer& redis) { return redis.address() + ":" + std::to_string(redis.port()); }

TEST(OperatorLog, NamesTheServerThatIsAwayAndSaysForHowLong) {
  RedisServer redis({.password = "s3cr3t"});
  RunningCartd cartd({}, {{"REDIS_URL", redis.url()}});
  HttpClient client(cartd.port());
  wait_until_ready(client);
  redis.kill();
  const json away = wait_for_line(cartd, "Redis cannot be reached");
  EXPECT_EQ(away.value("server", ""), name(redis));
  EXPECT_NE(away.value("why", ""), "");
  EXPECT_EQ(away.value("level", ""), "warning");
  redis.restart();
  const json back = wait_for_line(cartd, "Redis can be reached again");
  EXPECT_EQ(back.value("server", ""), name(redis));
  EXPECT_TRUE(back.at("away_seconds").is_number());
  EXPECT_GT(back.at("away_seconds"), 0);
  EXPECT_EQ(cartd.log().find("s3cr3t"), std::string::npos);
}

TEST(OperatorLog, SaysWhichServerTookOver) {
  SentinelGroup group;
  RunningCartd cartd({}, {{"REDIS_URL", group.url()}});
  HttpClient client(cartd.port());
  wait_until_ready(client);
  const std::size_t before = group.primary();
  EXPECT_EQ(wait_for_line(cartd, "Redis primary found").value("server", ""), name(group.server(before)));
  group.server(before).kill();
  const std::size_t after = group.primary_other_than(before);
  const json changed = wait_for_line(cartd, "Redis primary changed");
  EXPECT_EQ(changed.value("from", ""), name(group.server(before)));
  EXPECT_EQ(changed.value("to", ""), name(group.server(after)));
}

TEST(OperatorLog, SaysWhichNodeOfAClusterTookOverHowManySlots) {
  RedisCluster cluster;
  RunningCartd cartd({}, {{"REDIS_URL", cluster.url()}});
  HttpClient client(cartd.port());
  wait_until_ready(client);
  EXPECT_NE(wait_for_line(cartd, "Redis primary found").value("server", "").find(name(cluster.node(1))),
            std::string::npos);
  cluster.node(0).kill();
  const std::size_t after = cluster.owner_other_than(cluster.first_slot(0), 0);
  const json changed = wait_for_line(cartd, "Redis primary changed");
  EXPECT_EQ(changed.value("from", ""), name(cluster.node(0)));
  EXPECT_EQ(changed.value("to", ""), name(cluster.node(after)));
  EXPECT_EQ(changed.at("slots"), cluster.first_slot(1));
  EXPECT_EQ(wait_for_line(cartd, "Redis cannot be reached").value("server", ""), name(cluster.node(0)));
}

TEST(OperatorLog, TellsWhenJournalingBeginsAndWhatWasDelivered) {
  RedisServer redis({.arguments = {"--appendonly", "yes", "--appendfsync", "always"}});
  const TempDir folder;
  RunningCartd cartd({"--data-dir", folder.path() / "data"}, {{"REDIS_URL", redis.url()}});
  HttpClient client(cartd.port());
  wait_until_ready(client);
  redis.kill();
  for (int i = 0; i < 7; ++i) ASSERT_EQ(client.post(items, one).status, 200);
  EXPECT_EQ(wait_for_line(cartd, "Redis is down: changes go to the journal").value("level", ""), "warning");
  redis.restart();
  const json delivered = wait_for_line(cartd, "Redis is back: the journal's changes were delivered");
  EXPECT_EQ(delivered.value("delivered", 0), 7) << delivered;
  EXPECT_EQ(delivered.value("dead_letters", -1), 0);
  EXPECT_TRUE(delivered.at("delivery_seconds").is_number());
  EXPECT_EQ(redis.probe().text({"HGET", "cart:c", "A"}), "7");
  EXPECT_EQ(lines_of(cartd, "Redis is down: changes").size(), 1U);
}

TEST(OperatorLog, TellsOfChangesThatAnEarlierProcessLeft) {
  RedisServer redis;
  const TempDir folder;
  const std::vector<std::string> flags{"--data-dir", folder.path() / "data"};
  redis.kill();
  {
    RunningCartd cartd(flags, {{"REDIS_URL", redis.url()}});
    HttpClient client(cartd.port());
    for (int i = 0; i < 5; ++i) ASSERT_EQ(client.post(items, one).status, 200);
  }
  redis.restart();
  RunningCartd cartd(flags, {{"REDIS_URL", redis.url()}});
  EXPECT_EQ(wait_for_line(cartd, "the journal has changes of an earlier process").value("changes", 0), 5);
  EXPECT_EQ(wait_for_line(cartd, "Redis is back: the journal's changes were delivered").value("delivered", 0), 5);
}

TEST(OperatorLog, LogsUnservedRequestsByCauseAndNotOneByOne) {
  RedisServer redis;
  RunningCartd cartd({}, {{"REDIS_URL", redis.url()}});
  HttpClient client(cartd.port());
  wait_until_ready(client);
  redis.kill();
  ASSERT_TRUE(wait_until([&] { return client.get("/readyz").status == 503; }));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.post(items, one).status, 503);
  const json line = wait_for_line(cartd, "requests could not be served");
  EXPECT_EQ(line.value("cause", ""), "store-unavailable");
  EXPECT_EQ(line.at("status"), 503);
  EXPECT_GE(line.at("count"), 1);
  EXPECT_NE(line.value("detail", ""), "");
  EXPECT_EQ(line.value("level", ""), "warning");
  EXPECT_LT(lines_of(cartd, "requests could not be served").size(), 20U) << cartd.log();
}

TEST(OperatorLog, TellsWhatWasOnlySentAgainFromWhatWasLost) {
  RedisServer redis({.arguments = {"--appendonly", "yes", "--appendfsync", "always"}});
  RunningCartd cartd({"--retention", "10m"}, {{"REDIS_URL", redis.url()}});
  HttpClient client(cartd.port());
  wait_until_ready(client);
  for (int i = 0; i < 5; ++i) ASSERT_EQ(client.post(items, one).status, 200);
  redis.kill();
  redis.restart();
  ASSERT_TRUE(wait_until([&] { return metric(client, "cartd_outbox_resent_total") == 5; }, patience)) << cartd.log();
  const json kept = wait_for_line(cartd, "acknowledged changes were resent");
  EXPECT_EQ(kept.value("resent", 0), 5);
  EXPECT_EQ(kept.value("lost", -1), 0);
  EXPECT_EQ(metric(client, "cartd_outbox_restored_total"), 0);
  EXPECT_EQ(metric(client, "cartd_outbox_deduplicated_total"), 5);
  EXPECT_EQ(redis.probe().text({"HGET", "cart:c", "A"}), "5");
}

TEST(OperatorLog, SaysHowManyChangesRedisHadLost) {
  RedisServer redis;
  RunningCartd cartd({"--retention", "10m"}, {{"REDIS_URL", redis.url()}});
  HttpClient client(cartd.port());
  wait_until_ready(client);
  for (int i = 0; i < 5; ++i) ASSERT_EQ(client.post(items, one).status, 200);
  redis.kill();
  redis.restart();
  ASSERT_TRUE(wait_until([&] { return metric(client, "cartd_outbox_restored_total") == 5; }, patience)) << cartd.log();
  const json lost = wait_for_line(cartd, "Redis had lost acknowledged changes");
  EXPECT_EQ(lost.value("resent", 0), 5);
  EXPECT_EQ(lost.value("lost", 0), 5);
  EXPECT_EQ(lost.value("level", ""), "warning");
  EXPECT_EQ(redis.probe().text({"HGET", "cart:c", "A"}), "5");
}

TEST(OperatorLog, AProcessThatWasNotScheduledSaysSo) {
  RunningCartd cartd;
  HttpClient client(cartd.port());
  ASSERT_TRUE(wait_until([&] { return metric(client, "cartd_loop_lag_seconds_count") >= 2; }));
  const auto stopped = std::chrono::steady_clock::now();
  cartd.process().signal(SIGSTOP);
  EXPECT_TRUE(wait_until([&] { return std::chrono::steady_clock::now() - stopped > std::chrono::milliseconds(1500); }));
  cartd.process().signal(SIGCONT);
  const json line = wait_for_line(cartd, "this process was not scheduled for a while");
  EXPECT_GE(line.at("millis"), 1000);
  EXPECT_EQ(line.value("level", ""), "warning");
  EXPECT_GE(metric(client, "cartd_loop_lag_seconds_sum"), 1);
}

TEST(OperatorLog, AFullJournalIsLoggedOnceAndSoIsItsRecovery) {
  RedisServer redis;
  const TempDir folder;
  RunningCartd cartd({"--data-dir", folder.path() / "data", "--max-journal", "1MiB"}, {{"REDIS_URL", redis.url()}});
  HttpClient client(cartd.port());
  wait_until_ready(client);
  redis.kill();
  const std::string large = R"({"sku":"A","metadata":{"x":")" + std::string(4000, 'x') + R"("}})";
  int accepted = 0;
  HttpResponse last;
  while ((last = client.post(items, large)).status == 200) ++accepted;
  EXPECT_EQ(last.status, 507) << last.body;
  const HttpResponse refused = client.get("/readyz");
  EXPECT_EQ(refused.status, 503);
  const json journal = json::parse(refused.body).at("outbox").at("journal");
  EXPECT_EQ(journal.at("state"), "full");
  EXPECT_EQ(journal.at("max_bytes"), 1 << 20);
  EXPECT_TRUE(wait_until([&] { return metric(client, "cartd_journal_state{state=\"full\"}") == 1; }));
  EXPECT_EQ(metric(client, "cartd_journal_state{state=\"working\"}"), 0);
  const json full = wait_for_line(cartd, "the journal is full");
  EXPECT_EQ(full.at("max_bytes"), 1 << 20);
  redis.restart();
  wait_until_ready(client);
  EXPECT_EQ(wait_for_line(cartd, "the journal has room again").at("max_bytes"), 1 << 20);
  EXPECT_EQ(redis.probe().text({"HGET", "cart:c", "A"}), std::to_string(accepted));
  EXPECT_EQ(lines_of(cartd, "the journal is full").size(), 1U);
}

}  // namespace
}  // namespace cartd::test
