// What the doctor makes of what it saw.
#include "apps/cartctl/doctor/server_judgement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace cartd::doctor {
namespace {

using redis::Topology;
using std::chrono::milliseconds, std::chrono::seconds;
using testing::HasSubstr;
using Texts = std::map<std::string, std::string>;

Facts healthy() {
  return {Texts{{"redis_version", "7.2.4"},
                {"redis_mode", "standalone"},
                {"role", "master"},
                {"run_id", "0f1e2d3c"},
                {"master_replid", "4b5a6978"},
                {"aof_enabled", "1"},
                {"maxmemory", "1073741824"},
                {"maxmemory_policy", "noeviction"},
                {"evicted_keys", "0"},
                {"connected_slaves", "1"},
                {"slave0", "ip=10.0.0.2,port=6379,state=online,offset=900,lag=1"}},
          Texts{{"appendfsync", "everysec"}, {"min-replicas-to-write", "1"}}, milliseconds(3), SlowCommands{},
          Sample{}};
}

Facts healthy_node() {
  Facts facts = healthy();
  (*facts.info)["redis_mode"] = "cluster";
  facts.config->insert({{"cluster-node-timeout", "5000"},
                        {"cluster-require-full-coverage", "no"},
                        {"cluster-allow-reads-when-down", "no"}});
  return facts;
}

Finding finding(const Facts& facts, const std::string& check, Topology topology = Topology::standalone) {
  const auto findings = judge(facts, topology);
  const auto found =
      std::find_if(findings.begin(), findings.end(), [&](const Finding& one) { return one.check == check; });
  return found == findings.end() ? Finding{Level::ok, check, "absent", ""} : *found;
}

Level level(const Facts& facts, const std::string& check, Topology topology = Topology::standalone) {
  return finding(facts, check, topology).level;
}

Facts with_info(const std::string& name, const std::string& value) {
  Facts facts = healthy();
  (*facts.info)[name] = value;
  return facts;
}

Facts with_config(const std::string& name, const std::string& value) {
  Facts facts = healthy();
  (*facts.config)[name] = value;
  return facts;
}

TEST(Doctor, FindsNothingWrongWithAHealthyServer) {
  for (const Topology topology : {Topology::standalone, Topology::sentinel})
    for (const Finding& one : judge(healthy(), topology))
      EXPECT_EQ(one.level, Level::ok) << one.check << ": " << one.text;
  for (const Finding& one : judge(healthy_node(), Topology::cluster))
    EXPECT_EQ(one.level, Level::ok) << one.check << ": " << one.text;
}

TEST(Doctor, SaysWhatToDoAboutWhateverIsNotWell) {
  Facts sick = healthy();
  *sick.info = Texts{{"redis_version", "5.0.0"},
                     {"redis_mode", "cluster"},
                     {"aof_enabled", "0"},
                     {"maxmemory", "0"},
                     {"evicted_keys", "9"},
                     {"connected_slaves", "0"},
                     {"maxmemory_policy", "allkeys-lru"}};
  sick.clock_ahead = seconds(90);
  for (const Finding& one : judge(sick, Topology::cluster))
    EXPECT_TRUE(one.level == Level::ok || !one.advice.empty()) << one.check;
}

TEST(Doctor, JudgesTheVersion) {
  EXPECT_EQ(level(with_info("redis_version", "6.2.0"), "version"), Level::ok);
  EXPECT_EQ(level(with_info("redis_version", "6.0.16"), "version"), Level::bad);
  EXPECT_EQ(level(with_info("redis_version", "10.0.0"), "version"), Level::ok);
  EXPECT_EQ(level(with_info("redis_version", "nonsense"), "version"), Level::bad);
  // Valkey calls itself Redis 7.2.4 as well, for old clients.
  EXPECT_EQ(level(with_info("valkey_version", "8.0.1"), "version"), Level::ok);
  EXPECT_EQ(level(with_info("valkey_version", "7.1.9"), "version"), Level::bad);
}

TEST(Doctor, WarnsOfVersionsThatLoseMovedSlotsInAClusterOnly) {
  const auto of_cluster = [](const std::string& version) {
    Facts facts = with_info("redis_version", version);
    (*facts.info)["redis_mode"] = "cluster";
    return level(facts, "version");
  };
  EXPECT_EQ(of_cluster("6.0.16"), Level::bad);
  EXPECT_EQ(of_cluster("6.2.14"), Level::warn);
  EXPECT_EQ(of_cluster("7.2.3"), Level::warn);
  EXPECT_EQ(of_cluster("7.2.4"), Level::ok);
  EXPECT_EQ(level(with_info("redis_version", "7.0.15"), "version"), Level::ok);
}

TEST(Doctor, JudgesTheRole) {
  EXPECT_EQ(level(with_info("redis_mode", "sentinel"), "role"), Level::bad);
  EXPECT_EQ(level(with_info("role", "slave"), "role"), Level::bad);
  Facts valkey = with_info("server_mode", "standalone");
  valkey.info->erase("redis_mode");
  EXPECT_EQ(level(valkey, "role"), Level::ok);
}

TEST(Doctor, WarnsWhenCartdCannotNoticeAFailover) {
  EXPECT_EQ(level(with_info("role", "master"), "failover"), Level::ok);
  for (const char* name : {"run_id", "master_replid"}) {
    Facts facts = healthy();
    facts.info->erase(name);
    EXPECT_EQ(level(facts, "failover"), Level::bad) << name;
  }
  Facts facts = healthy();
  facts.info = std::string("the Redis user is not permitted to");
  EXPECT_EQ(level(facts, "failover"), Level::bad);
  EXPECT_THAT(finding(facts, "failover").text, HasSubstr("restores nothing"));
  EXPECT_EQ(finding(facts, "failover").advice, "permit +info");
}

TEST(Doctor, JudgesPersistence) {
  EXPECT_EQ(level(with_info("aof_enabled", "0"), "persistence"), Level::bad);
  EXPECT_EQ(level(with_config("appendfsync", "no"), "persistence"), Level::warn);
  EXPECT_EQ(level(with_config("appendfsync", "always"), "persistence"), Level::ok);
}

TEST(Doctor, JudgesEvictionByWhetherItCanHitCarts) {
  for (const char* policy :
       {"allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-ttl", "volatile-random"}) {
    EXPECT_EQ(level(with_info("maxmemory_policy", policy), "eviction"), Level::bad) << policy;
    Facts unbounded = with_info("maxmemory_policy", policy);
    (*unbounded.info)["maxmemory"] = "0";
    EXPECT_EQ(level(unbounded, "eviction"), Level::warn) << policy;
  }
  EXPECT_THAT(finding(with_info("maxmemory_policy", "volatile-ttl"), "eviction").text, HasSubstr("every cart has"));
  EXPECT_EQ(level(with_info("evicted_keys", "3"), "evicted"), Level::bad);
}

TEST(Doctor, JudgesMemoryAndReplicas) {
  EXPECT_EQ(level(with_info("maxmemory", "0"), "memory"), Level::warn);
  EXPECT_EQ(level(with_info("connected_slaves", "0"), "replicas"), Level::warn);
  EXPECT_EQ(level(with_info("connected_slaves", "0"), "replicas", Topology::sentinel), Level::bad);
  EXPECT_EQ(level(with_info("connected_slaves", "0"), "replicas", Topology::cluster), Level::bad);
  for (const char* behind :
       {"ip=10.0.0.2,port=6379,state=wait_bgsave,offset=0,lag=0", "ip=10.0.0.2,port=6379,state=online,offset=0,lag=11",
        "ip=10.0.0.2,port=6379,state=online,offset=0"})
    EXPECT_EQ(level(with_info("slave0", behind), "replicas"), Level::warn) << behind;
  EXPECT_EQ(level(with_config("min-replicas-to-write", "0"), "min-replicas-to-write"), Level::warn);
}

TEST(Doctor, JudgesTheSettingsOfAClustersNode) {
  const auto with = [](const char* name, const char* value) {
    Facts facts = healthy_node();
    (*facts.config)[name] = value;
    return facts;
  };
  EXPECT_EQ(level(with("cluster-require-full-coverage", "yes"), "full-coverage", Topology::cluster), Level::warn);
  EXPECT_EQ(level(with("cluster-allow-reads-when-down", "yes"), "reads-when-down", Topology::cluster), Level::warn);
  EXPECT_EQ(level(with("cluster-node-timeout", "15000"), "node-timeout", Topology::cluster), Level::ok);
  EXPECT_EQ(level(with("cluster-node-timeout", "15001"), "node-timeout", Topology::cluster), Level::warn);
  Facts blind = healthy_node();
  blind.config = std::string("not permitted");
  for (const char* check : {"full-coverage", "reads-when-down", "node-timeout"})
    EXPECT_EQ(level(blind, check, Topology::cluster), Level::unknown) << check;
}

TEST(Doctor, JudgesTheClockBothWays) {
  const auto ahead = [](milliseconds by) {
    Facts facts = healthy();
    facts.clock_ahead = by;
    return level(facts, "clock");
  };
  EXPECT_EQ(ahead(milliseconds(1000)), Level::ok);
  EXPECT_EQ(ahead(milliseconds(1001)), Level::warn);
  EXPECT_EQ(ahead(milliseconds(-1001)), Level::warn);
  EXPECT_EQ(ahead(seconds(61)), Level::bad);
  EXPECT_EQ(ahead(seconds(-61)), Level::bad);
}

TEST(Doctor, JudgesTheSampledKeys) {
  Facts facts = healthy();
  Sample& sample = *facts.sample;
  sample.carts = 3;
  sample.texts.see("cart:json");
  sample.wrong_type.see("cart:list");
  sample.large.see("cart:large");
  sample.large.see("cart:larger");
  sample.cart_unpacked.see("cart:large");
  sample.meta_unpacked.see("{cart:1}:meta");
  sample.without_expiry.see("cart:plain");
  EXPECT_EQ(level(facts, "json"), Level::bad);
  EXPECT_THAT(finding(facts, "json").text, HasSubstr("1 of 3 cart keys are strings"));
  EXPECT_EQ(level(facts, "type"), Level::bad);
  EXPECT_EQ(level(facts, "size"), Level::warn);
  EXPECT_EQ(level(facts, "encoding"), Level::warn);
  EXPECT_EQ(level(facts, "meta-encoding"), Level::warn);
  EXPECT_EQ(level(facts, "expiry"), Level::warn);
  EXPECT_THAT(finding(facts, "size").text, HasSubstr("2 of 3 carts have more than 500 lines, for example cart:large"));
}

TEST(Doctor, SaysWhereItCouldNotLook) {
  const Facts blind{std::string("not permitted"), std::string("not permitted"), std::string("not permitted"),
                    std::string("not permitted"), std::string("not permitted"), std::string("not permitted")};
  for (const Finding& one : judge(blind, Topology::standalone)) {
    if (one.check == "failover") continue;
    EXPECT_EQ(one.level, Level::unknown) << one.check;
    EXPECT_THAT(one.text, HasSubstr("could not check: not permitted"));
  }
}

TEST(Doctor, NamesTheCommandsThatTheServerRefuses) {
  Facts facts = healthy();
  EXPECT_EQ(level(facts, "permissions"), Level::ok);
  facts.refused->optional.emplace_back("CLIENT ID (NOPERM)", "late bytes");
  EXPECT_EQ(level(facts, "permissions"), Level::warn);
  EXPECT_THAT(finding(facts, "permissions").text, HasSubstr("CLIENT ID (NOPERM): late bytes"));
  facts.refused->needed = {"HSET (NOPERM)", "PEXPIREAT (ERR)"};
  EXPECT_EQ(level(facts, "permissions"), Level::bad);
  EXPECT_THAT(finding(facts, "permissions").text, HasSubstr("HSET (NOPERM), PEXPIREAT (ERR)"));
}

TEST(Doctor, TakesFromInfoWhatConfigMayNotTell) {
  Facts facts = healthy();
  facts.config = std::string("not permitted");
  EXPECT_EQ(level(facts, "persistence"), Level::ok);
  EXPECT_EQ(level(facts, "eviction"), Level::ok);
  EXPECT_EQ(level(facts, "min-replicas-to-write"), Level::unknown);
}

}  // namespace
}  // namespace cartd::doctor
