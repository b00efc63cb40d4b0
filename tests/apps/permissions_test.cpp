// The permissions that the doctor prints, held against what cartd sends: nothing of it is refused, and no word is too
// many.
#include "apps/permissions.h"
#include "apps/cartctl/doctor/acl.h"
#include "redis/protocol/hash_slot.h"
#include "support/parameter_name.h"
#include "support/redis_cluster.h"
#include "support/redis_server.h"
#include "support/sentinel_group.h"
#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace cartd::test {
namespace {

using redis::Topology;
using testing::Each, testing::IsEmpty;

constexpr std::chrono::minutes patience{1};
const std::string password = "s3cr3t";

std::string address(const RedisServer& server) { return "127.0.0.1:" + std::to_string(server.port()); }

void paste_everywhere(const std::string& line, const Servers& servers) {
  for (const RedisServer* server : servers) paste(server->probe(), line, password);
}

void cut_everywhere(const Servers& servers) {
  for (const RedisServer* server : servers) cut(server->probe());
}

void expect_nothing_refused(const Servers& servers) {
  for (const RedisServer* server : servers) EXPECT_THAT(refused(server->probe()), IsEmpty()) << address(*server);
}

// A hash that a plain client wrote into an expired cart makes the script ask for the time, and what it wrote into an
// owner's list is taken out. Only the server that has the slot takes them, and only one without slots has a second
// database.
void write_as_plain_client(const Servers& servers) {
  for (const RedisServer* server : servers) {
    RedisProbe probe = server->probe();
    probe.command({"SELECT", "1"});
    probe.command({"HSET", "{cart:old}:meta", "v", "1", "x", "1000"});
    probe.command({"HSET", "cart:old", "a", "1"});
    probe.command({"ZADD", "user:{stray}:carts", "0", "no entry"});
  }
}

std::vector<std::vector<std::string>> commands() {
  std::vector<std::vector<std::string>> all = everything("anna");
  all.push_back({"add", "old", "a"});
  all.push_back({"carts", "stray"});
  all.push_back({"user", "put", "moving", "name=M"});
  all.push_back({"export", "-"});
  return all;
}

void use_everything(const RunningCartd& cartd, const Servers& servers) {
  write_as_plain_client(servers);
  for (const std::vector<std::string>& arguments : commands()) {
    const Ended ended = cartd.cartctl(arguments);
    EXPECT_EQ(ended.code, 0) << testing::PrintToString(arguments) << ended.err << cartd.log();
  }
}

void expect_ready(const RunningCartd& cartd) {
  const auto is_ready = [&] {
    return cartd.ask("GET", "/readyz").status == 200 && cartd.cartctl({"user", "put", "probe", "name=P"}).code == 0;
  };
  EXPECT_TRUE(wait_until(is_ready, patience)) << cartd.log();
}

void expect_settled(const RunningCartd& cartd) {
  const auto is_settled = [&] {
    return cartd.ask("GET", "/v1/outbox").body.find(R"("unconfirmed":0)") != std::string::npos;
  };
  EXPECT_TRUE(wait_until(is_settled, patience)) << cartd.ask("GET", "/v1/outbox").body;
}

const std::vector<std::string> patient{"--store-deadline", "10s", "--retention", "1s"};
// What is refused need not be waited for: it stays so.
const std::vector<std::string> impatient{"--store-deadline", "500ms"};

// Whether it succeeds or not, by a cartd of its own, as some things are asked once only.
Use all_of_it(const Variables& at, const Servers& servers) {
  return [at, servers](const std::function<bool()>& enough) {
    // A script that is unknown is sent whole.
    for (const RedisServer* server : servers) server->probe().command({"SCRIPT", "FLUSH"});
    write_as_plain_client(servers);
    const RunningCartd cartd(impatient, at);
    for (const std::vector<std::string>& arguments : commands()) {
      if (enough()) return;
      cartd.cartctl(arguments);
    }
    // What may be left of a connection that is lost is fenced off.
    cut_everywhere(servers);
    wait_until(enough, std::chrono::seconds(5));
  };
}

class PrintedPermissions : public testing::TestWithParam<std::string> {
 protected:
  // What cartd sends depends on the deployment, not on whose server it is; to find a word too many takes a minute.
  static bool asks_for_no_more() { return GetParam() == "redis-server"; }
  static void expect_no_more(const std::string& line, const Servers& servers, const Use& use) {
    if (!asks_for_no_more()) return;
    EXPECT_THAT(never_sent(line, password, servers, use), IsEmpty());
  }
};

INSTANTIATE_TEST_SUITE_P(Servers, PrintedPermissions, testing::ValuesIn(server_binaries()), parameter_name);

TEST_P(PrintedPermissions, OfOneServerAreAllThatCartdNeedsAndNoMore) {
  RedisServer server({.binary = GetParam()});
  const std::string line = doctor::acl_line(Topology::standalone);
  const Servers servers{&server};
  paste_everywhere(line, servers);
  const Variables at{{"REDIS_URL", "redis://cartd:" + password + "@" + address(server) + "/1"}};
  {
    const RunningCartd cartd(patient, at);
    expect_ready(cartd);
    use_everything(cartd, servers);
    cut_everywhere(servers);
    expect_ready(cartd);
    use_everything(cartd, servers);
    expect_settled(cartd);
    expect_nothing_refused(servers);
  }
  expect_no_more(line, servers, all_of_it(at, servers));
}

TEST_P(PrintedPermissions, OfSentinelsAndTheirServersAreExactlyThoseNeeded) {
  SentinelGroup group({.binary = GetParam(), .replicas = 1});
  Servers sentinels;
  Servers servers;
  std::string url = "redis+sentinel://cartd:" + password + "@";
  for (std::size_t i = 0; i < group.sentinels(); ++i) {
    sentinels.push_back(&group.sentinel(i));
    url += (i > 0 ? "," : "") + address(group.sentinel(i));
  }
  for (std::size_t i = 0; i < group.servers(); ++i) servers.push_back(&group.server(i));
  const std::string line = doctor::acl_line(Topology::sentinel);
  const std::string sentinel_line = doctor::sentinel_acl_line();
  paste_everywhere(line, servers);
  paste_everywhere(sentinel_line, sentinels);
  const Variables at{{"REDIS_URL", url + "/" + SentinelGroup::name + "/1"}};
  {
    const RunningCartd cartd(patient, at);
    expect_ready(cartd);
    use_everything(cartd, {&group.server(group.primary())});
    cut_everywhere(sentinels);
    cut_everywhere(servers);
    group.fail_over();
    // What a user writes to the old primary until cartd hears of the new one is lost with it.
    const std::string now = "cartd_redis_primary{address=\"" + address(group.server(group.primary())) + "\"} 1";
    EXPECT_TRUE(wait_until([&] { return cartd.ask("GET", "/metrics").body.find(now) != std::string::npos; }, patience))
        << now;
    expect_ready(cartd);
    use_everything(cartd, {&group.server(group.primary())});
    expect_settled(cartd);
    expect_nothing_refused(servers);
    expect_nothing_refused(sentinels);
  }
  group.wait_until_whole();
  if (asks_for_no_more()) {
    const RunningCartd cartd(patient, at);
    expect_ready(cartd);
    // They are asked all the time, whatever happens to carts.
    const Use ask_again = [&](const std::function<bool()>& enough) {
      cut_everywhere(sentinels);
      wait_until(enough, std::chrono::seconds(5));
    };
    expect_no_more(sentinel_line, sentinels, ask_again);
  }
  const Servers primary{&group.server(group.primary())};
  expect_no_more(line, primary, all_of_it(at, primary));
}

TEST_P(PrintedPermissions, OfAClusterAreAllThatCartdNeedsAndNoMore) {
  RedisCluster cluster({.binary = GetParam()});
  Servers servers;
  for (std::size_t i = 0; i < cluster.nodes(); ++i) servers.push_back(&cluster.node(i));
  // The server of a slot that moves says ASK for what it does not hold.
  const std::uint16_t moving = redis::key_slot("user:moving");
  const std::size_t source = cluster.owner(moving);
  const std::size_t target = (source + 1) % 3;
  cluster.begin_migration(moving, source, target);
  const std::string line = doctor::acl_line(Topology::cluster);
  paste_everywhere(line, servers);
  const Variables at{{"REDIS_URL", "redis+cluster://cartd:" + password + "@" + address(cluster.node(0))}};
  {
    const RunningCartd cartd(patient, at);
    expect_ready(cartd);
    use_everything(cartd, servers);
    cut_everywhere(servers);
    const std::size_t third = 3 - source - target;
    cluster.node(cluster.replica_of(third)).probe().text({"CLUSTER", "FAILOVER"});
    cluster.owner_other_than(cluster.first_slot(third), third);
    cluster.wait_until_whole();
    expect_ready(cartd);
    use_everything(cartd, servers);
    expect_settled(cartd);
    // That one cartd can do without, and it would show the servers' passwords as well.
    for (const RedisServer* server : servers)
      EXPECT_THAT(refused(server->probe()), Each("config|get")) << address(*server);
  }
  expect_no_more(line, servers, all_of_it(at, servers));
}

}  // namespace
}  // namespace cartd::test
