// The client in a Cluster: it sends each key to its owner, follows redirects and failovers.
#include "client_under_test.h"
#include "redis/protocol/redirect.h"
#include "support/free_port.h"
#include "support/parameter_name.h"
#include "support/redis_cluster.h"
#include "support/redis_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace cartd::redis {
namespace {

using namespace std::chrono_literals;
using test::RedisCluster;
using testing::HasSubstr;

// A key of the node at `primary`.
std::string key_of(const RedisCluster& cluster, std::size_t primary, const std::string& variant = "") {
  return RedisCluster::key_in(cluster.first_slot(primary), variant);
}

// For tests of redirects: after its first look the client does not look again.
ClientOptions unaware_options() {
  ClientOptions options = quick_client_options();
  options.cluster_interval = options.discovery_gap = 10min;
  return options;
}

class ClientClusterOn : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(On, ClientClusterOn, testing::ValuesIn(test::server_binaries()), test::parameter_name);

TEST_P(ClientClusterOn, SendsEveryKeyToItsOwner) {
  RedisCluster cluster({.binary = GetParam(), .replicas = 0});
  ClientUnderTest client(cluster.url(1));
  for (std::size_t primary = 0; primary < 3; ++primary) {
    const std::string key = key_of(cluster, primary);
    EXPECT_EQ(text(client.send(key, {"SET", key, "v"})), "OK");
    EXPECT_EQ(cluster.node(primary).probe().text({"GET", key}), "v");
    ASSERT_TRUE(client.comes_to_serve(key));
  }
  const ClientStatus status = client.status();
  EXPECT_EQ(status.topology, Topology::cluster);
  EXPECT_EQ(status.primaries.size(), 3U);
  EXPECT_EQ(status.slots_without_owner, 0U);
  EXPECT_EQ(status.redirects.moved, 0U);
  EXPECT_GE(status.map_version, 1U);
  EXPECT_TRUE(client.is_up());
}

TEST(ClientCluster, TreatsTheServerOfAPlainUrlAsWhatItIs) {
  RedisCluster cluster({.replicas = 0});
  ClientUnderTest client(cluster.node(1).url());
  for (std::size_t primary = 0; primary < 3; ++primary) {
    const std::string key = key_of(cluster, primary);
    EXPECT_EQ(text(client.send(key, {"SET", key, "v"})), "OK");
  }
  EXPECT_TRUE(client.found_cluster());
  EXPECT_EQ(client.status().topology, Topology::cluster);
  EXPECT_EQ(client.status().redirects.moved, 0U);
}

TEST(ClientCluster, TreatsTheServerBehindASocketAsWhatItIs) {
  RedisCluster cluster({.replicas = 0});
  ClientUnderTest client("unix://" + cluster.node(0).socket().string());
  const std::string key = key_of(cluster, 1);
  EXPECT_EQ(text(client.send(key, {"SET", key, "v"})), "OK");
}

TEST(ClientCluster, SaysWhenAServerDoesNotRunInClusterMode) {
  test::RedisServer server;
  ClientUnderTest client("redis+cluster://127.0.0.1:" + std::to_string(server.port()));
  EXPECT_TRUE(test::wait_until([&] { return client.last_error("k") == "the server does not run in cluster mode"; }));
  EXPECT_EQ(text(client.send("k", {"SET", "k", "v"})), "<not sent: the server does not run in cluster mode>");
}

TEST(ClientCluster, FindsTheNodesThroughTheSeedThatAnswers) {
  RedisCluster cluster({.replicas = 0});
  const std::string dead = "127.0.0.1:" + std::to_string(test::free_port());
  ClientUnderTest client("redis+cluster://" + dead + ",127.0.0.1:" + std::to_string(cluster.node(2).port()));
  const std::string key = key_of(cluster, 0);
  EXPECT_TRUE(client.comes_to_serve(key));
  EXPECT_EQ(text(client.send(key, {"SET", key, "v"})), "OK");
}

TEST(ClientCluster, LearnsTheNewOwnerOfASlotFromMoved) {
  RedisCluster cluster({.replicas = 0});
  ClientUnderTest client(cluster.url(), unaware_options());
  const std::uint16_t slot = cluster.first_slot(0);
  const std::string key = RedisCluster::key_in(slot);
  EXPECT_EQ(text(client.send(key, {"SET", key, "v"})), "OK");
  cluster.begin_migration(slot, 0, 1);
  cluster.migrate_key(key, 0, 1);
  cluster.end_migration(slot, 0, 1);
  const std::uint64_t version = client.status().map_version;
  EXPECT_EQ(text(client.send(key, {"GET", key})), "v");
  EXPECT_EQ(client.status().redirects.moved, 1U);
  EXPECT_GT(client.status().map_version, version);
  EXPECT_EQ(text(client.send(key, {"GET", key})), "v");
  EXPECT_EQ(client.status().redirects.moved, 1U) << "it has learnt";
}

TEST(ClientCluster, FollowsAskWhileASlotMovesAndServesKeysOnBothSides) {
  RedisCluster cluster({.replicas = 0});
  ClientUnderTest client(cluster.url());
  const std::uint16_t slot = cluster.first_slot(0);
  const std::string staying = RedisCluster::key_in(slot, "staying");
  const std::string moved = RedisCluster::key_in(slot, "moved");
  const std::string fresh = RedisCluster::key_in(slot, "fresh");
  for (const std::string& key : {staying, moved}) EXPECT_EQ(text(client.send(key, {"SET", key, key})), "OK");
  cluster.begin_migration(slot, 0, 1);
  cluster.migrate_key(moved, 0, 1);
  for (const std::string& key : {staying, moved}) {
    EXPECT_EQ(text(client.send(key, {"GET", key})), key);
    EXPECT_EQ(text(client.send(key, {"APPEND", key, "+"})), "");
  }
  EXPECT_EQ(text(client.send(fresh, {"SET", fresh, "v"})), "OK");
  EXPECT_EQ(client.status().redirects.ask, 3U);
  Request transaction;
  transaction.add({"MULTI"}).add({"SET", moved, "1"}).add({"INCR", moved}).add({"EXEC"});
  const auto done = client.send(moved, transaction);
  ASSERT_TRUE(done);
  ASSERT_EQ(done->reply.view().size(), 4U);
  EXPECT_EQ(done->reply.view()[3].size(), 2U);
  cluster.migrate_key(staying, 0, 1);
  cluster.end_migration(slot, 0, 1);
  EXPECT_EQ(text(client.send(moved, {"GET", moved})), "2");
  EXPECT_EQ(text(client.send(staying, {"GET", staying})), staying + "+");
  EXPECT_EQ(text(client.send(fresh, {"GET", fresh})), "v");
}

// The replies' texts, one after the other; errors by their code.
std::string texts(const Answered& answer) {
  if (!answer) return text(answer);
  std::string all;
  for (std::size_t i = 0; i < answer->reply.view().size(); ++i) {
    const ReplyView reply = answer->reply.view()[i];
    all += (i == 0 ? "" : " ") + (reply.is_error() ? "-" + error_code(reply.text()) : std::string(reply.text()));
  }
  return all;
}

TEST(ClientCluster, SendsSeveralCommandsWhereTheirSlotIs) {
  RedisCluster cluster({.replicas = 0});
  ClientUnderTest client(cluster.url(), unaware_options());
  const std::uint16_t slot = cluster.first_slot(0);
  const std::string a = RedisCluster::key_in(slot, "a");
  const std::string b = RedisCluster::key_in(slot, "b");
  Request write;
  write.add({"SET", a, "1"}).add({"SET", b, "2"});
  Request read;
  read.add({"GET", a}).add({"GET", b});
  EXPECT_EQ(texts(client.send(a, write)), "OK OK");
  cluster.begin_migration(slot, 0, 1);
  cluster.migrate_key(a, 0, 1);
  cluster.migrate_key(b, 0, 1);
  EXPECT_EQ(texts(client.send(a, read)), "1 2");
  EXPECT_EQ(client.status().redirects.ask, 1U);
  cluster.end_migration(slot, 0, 1);
  EXPECT_EQ(texts(client.send(a, read)), "1 2");
  EXPECT_EQ(client.status().redirects.moved, 1U);
}

TEST(ClientCluster, RepeatsNoCommandOfSeveralThatWasExecuted) {
  RedisCluster cluster({.replicas = 0});
  ClientUnderTest client(cluster.url());
  const std::uint16_t slot = cluster.first_slot(0);
  const std::string staying = RedisCluster::key_in(slot, "staying");
  const std::string moved = RedisCluster::key_in(slot, "moved");
  for (const std::string& key : {staying, moved}) EXPECT_EQ(text(client.send(key, {"SET", key, "1"})), "OK");
  cluster.begin_migration(slot, 0, 1);
  cluster.migrate_key(moved, 0, 1);
  Request write;
  write.add({"APPEND", staying, "2"}).add({"APPEND", moved, "2"});
  EXPECT_EQ(texts(client.send(staying, write)), " -ASK");
  EXPECT_EQ(text(client.send(staying, {"GET", staying})), "12");
  EXPECT_EQ(text(client.send(moved, {"GET", moved})), "1");
}

TEST(ClientCluster, RepeatsCommandsThatOnlyReadUntilTheirKeysAreTogether) {
  RedisCluster cluster({.replicas = 0});
  ClientUnderTest client(cluster.url());
  const std::uint16_t slot = cluster.first_slot(0);
  const std::string a = RedisCluster::key_in(slot, "a");
  const std::string b = RedisCluster::key_in(slot, "b");
  EXPECT_EQ(text(client.send(a, {"MSET", a, "1", b, "2"})), "OK");
  cluster.begin_migration(slot, 0, 1);
  cluster.migrate_key(a, 0, 1);
  Request read;
  read.add({"GET", a}).add({"GET", b}).only_reads();
  const auto both = client.start(a, read);
  // Neither server has both: what the one lacks is not taken for empty.
  ASSERT_TRUE(test::wait_until([&] { return client.status().redirects.try_again >= 3; }));
  cluster.migrate_key(b, 0, 1);
  EXPECT_EQ(texts(both()), "1 2");
}

TEST(ClientCluster, RepeatsWhatTryagainRefusedUntilTheKeysAreTogether) {
  RedisCluster cluster({.replicas = 0});
  ClientUnderTest client(cluster.url());
  const std::uint16_t slot = cluster.first_slot(0);
  const std::string a = RedisCluster::key_in(slot, "a");
  const std::string b = RedisCluster::key_in(slot, "b");
  EXPECT_EQ(text(client.send(a, {"MSET", a, "1", b, "2"})), "OK");
  cluster.begin_migration(slot, 0, 1);
  cluster.migrate_key(a, 0, 1);
  // Not sent, unless the deadline strikes while an attempt is under way.
  EXPECT_THAT(text(client.send(a, {"MGET", a, b}, 100ms)),
              testing::AnyOf("<not sent: could not be sent in time>", "<unknown: no reply in time>"));
  const auto both = client.start(a, {"MGET", a, b});
  ASSERT_TRUE(test::wait_until([&] { return client.status().redirects.try_again >= 3; }));
  cluster.migrate_key(b, 0, 1);
  const auto answer = both();
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->reply.view().size(), 2U);
  EXPECT_EQ(answer->reply.view()[1].text(), "2");
}

TEST_P(ClientClusterOn, FollowsAFailoverByKill) {
  RedisCluster cluster({.binary = GetParam()});
  ClientUnderTest client(cluster.url());
  const std::string key = key_of(cluster, 0);
  const std::string elsewhere = key_of(cluster, 1);
  const auto before = client.send(key, {"SET", key, "before"});
  ASSERT_TRUE(before);
  cluster.node(0).kill();
  ASSERT_TRUE(client.ceases_to_serve(key));
  EXPECT_EQ(text(client.send(elsewhere, {"SET", elsewhere, "v"})), "OK") << "other shards go on";
  EXPECT_TRUE(client.serves(elsewhere));
  ASSERT_EQ(cluster.owner_other_than(cluster.first_slot(0), 0), cluster.replica_of(0));
  ASSERT_TRUE(client.comes_to_serve(key));
  EXPECT_NE(client.epoch_of(key), before->position.epoch);
  EXPECT_EQ(text(client.send(key, {"SET", key, "after"})), "OK");
  cluster.node(0).restart();
  cluster.wait_until_whole();
  EXPECT_EQ(text(client.send(key, {"GET", key})), "after");
}

TEST(ClientCluster, DoesNotServeAFrozenPrimarysShardUntilFailover) {
  RedisCluster cluster;
  ClientUnderTest client(cluster.url());
  const std::string key = key_of(cluster, 0);
  ASSERT_TRUE(client.comes_to_serve(key));
  cluster.node(0).freeze();
  EXPECT_TRUE(failed(client.send(key, {"SET", key, "late"}), Failure::Kind::outcome_unknown));
  EXPECT_TRUE(client.serves(key_of(cluster, 1)));
  cluster.owner_other_than(cluster.first_slot(0), 0);
  ASSERT_TRUE(client.comes_to_serve(key));
  EXPECT_EQ(text(client.send(key, {"SET", key, "after"})), "OK");
  cluster.node(0).thaw();
  cluster.wait_until_whole();
  EXPECT_EQ(text(client.send(key, {"GET", key})), "after");
}

TEST(ClientCluster, DoesNotBelieveANodeThatHasLostTheSlot) {
  RedisCluster cluster;
  ClientOptions options = quick_client_options();
  options.link.silence_timeout = 60s;
  ClientUnderTest client(cluster.url(), options);
  const std::string key = key_of(cluster, 0);
  ASSERT_TRUE(client.comes_to_serve(key));
  cluster.node(0).freeze();
  const auto late = client.start(key, {"SET", key, "late"}, 60s);
  cluster.owner_other_than(cluster.first_slot(0), 0);
  ASSERT_TRUE(client.comes_to_serve(key));
  // It wakes up with the command in its buffer, believes to be the primary, and is rolled back soon after.
  cluster.node(0).thaw();
  const auto answer = late();
  cluster.wait_until_whole();
  const std::string kept = text(client.send(key, {"GET", key}));
  EXPECT_TRUE(answer ? kept == "late" : answer.error().kind == Failure::Kind::outcome_unknown)
      << text(answer) << ", kept: " << kept;
}

TEST(ClientCluster, FollowsAFailoverByCommand) {
  RedisCluster cluster;
  ClientUnderTest client(cluster.url(), unaware_options());
  const std::string key = key_of(cluster, 0);
  EXPECT_EQ(text(client.send(key, {"SET", key, "v"})), "OK");
  cluster.node(cluster.replica_of(0)).probe().text({"CLUSTER", "FAILOVER"});
  cluster.owner_other_than(cluster.first_slot(0), 0);
  EXPECT_EQ(text(client.send(key, {"SET", key, "w"})), "OK");
  EXPECT_EQ(cluster.node(cluster.replica_of(0)).probe().text({"GET", key}), "w");
}

TEST(ClientCluster, AnswersClusterdownOfOneShardWhileOthersServe) {
  RedisCluster cluster({.replicas = 0});
  ClientUnderTest client(cluster.url());
  const std::uint16_t slot = cluster.first_slot(0);
  const std::string key = RedisCluster::key_in(slot);
  const std::string elsewhere = key_of(cluster, 1);
  ASSERT_TRUE(client.comes_to_serve(key));
  ClientOptions options = unaware_options();
  options.refusal = 60s;
  ClientUnderTest unaware(cluster.url(), options);
  ASSERT_TRUE(unaware.comes_to_serve(key));
  for (std::size_t node = 0; node < 3; ++node)
    cluster.node(node).probe().text({"CLUSTER", "DELSLOTS", std::to_string(slot)});
  EXPECT_THAT(text(unaware.send(key, {"SET", key, "v"})), HasSubstr("-CLUSTERDOWN"));
  EXPECT_FALSE(unaware.serves(key));
  EXPECT_EQ(unaware.last_error(key), "the server refused a command: CLUSTERDOWN");
  EXPECT_TRUE(unaware.serves(elsewhere));
  // Whoever looks learns that nobody owns the slot.
  ASSERT_TRUE(test::wait_until([&] { return client.last_error(key) == "no server owns the slot"; }));
  EXPECT_EQ(text(client.send(key, {"SET", key, "v"})), "<not sent: no server owns the slot>");
  EXPECT_EQ(client.status().slots_without_owner, 1U);
  EXPECT_EQ(text(client.send(elsewhere, {"SET", elsewhere, "v"})), "OK");
}

TEST(ClientCluster, ReportsDurabilityAfterReplicationAndConfirmation) {
  RedisCluster cluster({.node_timeout = 1000ms});
  ClientUnderTest client(cluster.url());
  const std::string key = key_of(cluster, 0);
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = client.send(key, {"SET", key, "v"});
  ASSERT_TRUE(answer);
  ASSERT_TRUE(client.becomes_safe(answer->position));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 2000ms) << "a node that is cut off does not know for so long";
  cluster.node(cluster.replica_of(0)).freeze();
  const auto uncopied = client.send(key, {"SET", key, "w"});
  ASSERT_TRUE(uncopied);
  const auto checkpoint_of = [&] {
    for (const PrimaryStatus& primary : client.status().primaries) {
      if (primary.epoch == uncopied->position.epoch) return primary.last_checkpoint;
    }
    return std::uint64_t{0};
  };
  const std::uint64_t checkpoint = checkpoint_of();
  ASSERT_TRUE(test::wait_until([&] { return checkpoint_of() >= checkpoint + 50; }, 60s));
  EXPECT_LT(client.durable_checkpoint(uncopied->position.epoch), uncopied->position.checkpoint);
  cluster.node(cluster.replica_of(0)).thaw();
  EXPECT_TRUE(client.becomes_safe(uncopied->position));
}

TEST(ClientCluster, EntersWithAPasswordOverTls) {
  RedisCluster cluster({.replicas = 0, .password = "s3cret", .tls = true});
  ::setenv("SSL_CERT_FILE", cluster.certificates().authority.c_str(), 1);
  ClientUnderTest client(cluster.url(1));
  for (std::size_t primary = 0; primary < 3; ++primary) {
    const std::string key = key_of(cluster, primary);
    EXPECT_EQ(text(client.send(key, {"SET", key, "v"})), "OK");
  }
}

}  // namespace
}  // namespace cartd::redis
