#include "apps/cartctl/doctor/server_judgement.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace cartd::doctor {
namespace {

using Texts = std::map<std::string, std::string>;

std::optional<std::string> find(const Looked<Texts>& texts, const std::string& name) {
  if (!texts) return std::nullopt;
  const auto found = texts->find(name);
  return found == texts->end() ? std::nullopt : std::optional(found->second);
}

// INFO is permitted more often than CONFIG, and knows most of what matters.
std::optional<std::string> find(const Facts& facts, const std::string& in_info, const std::string& in_config) {
  auto value = find(facts.info, in_info);
  return value ? value : find(facts.config, in_config);
}

template <class T>
std::string why_not(const Looked<T>& looked) {
  return looked ? "the server does not report it" : looked.error();
}

// 7.0.15 as {7, 0, 15}; what is missing or no number is 0.
std::array<unsigned, 3> version_numbers(std::string_view text) {
  std::array<unsigned, 3> numbers{};
  for (unsigned& number : numbers) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    std::from_chars(text.data(), text.data() + dot, number);
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return numbers;
}

// "standalone", "cluster" or "sentinel". Valkey 8 gave the line a name of its own.
std::optional<std::string> mode_of(const Facts& facts) {
  auto mode = find(facts.info, "redis_mode");
  return mode ? mode : find(facts.info, "server_mode");
}

Finding version(const Facts& facts) {
  if (const auto valkey = find(facts.info, "valkey_version")) {
    const bool old = version_numbers(*valkey) < std::array<unsigned, 3>{7, 2, 0};
    return {old ? Level::bad : Level::ok, "version", "Valkey " + *valkey, old ? "cartd needs Valkey 7.2 or later" : ""};
  }
  const auto redis = find(facts.info, "redis_version");
  if (!redis) return could_not_look("version", why_not(facts.info));
  const std::array<unsigned, 3> numbers = version_numbers(*redis);
  if (numbers < std::array<unsigned, 3>{6, 2, 0})
    return {Level::bad, "version", "Redis " + *redis, "cartd needs Redis 6.2 or later"};
  // redis/redis#12344 and, in what mended that, redis/redis#12564
  if (mode_of(facts) == "cluster" && numbers < std::array<unsigned, 3>{7, 2, 4})
    return {Level::warn, "version",
            "Redis " + *redis + ": a failover after moving slots can delete the carts of a slot",
            "use Redis 7.2.4 or later, or Valkey; do not move slots before"};
  return {Level::ok, "version", "Redis " + *redis, ""};
}

Finding role(const Facts& facts) {
  const auto mode = mode_of(facts);
  const auto role = find(facts.info, "role");
  if (!mode) return could_not_look("role", why_not(facts.info));
  if (*mode == "sentinel")
    return {Level::bad, "role", "this is a Sentinel", "use the master's name: redis+sentinel://host:26379/name"};
  if (role && *role == "slave")
    return {Level::bad, "role", "this is a replica, which takes no changes", "use the primary's address"};
  return {Level::ok, "role", "a primary", ""};
}

// Without it nothing tells one life of the server's data from the next.
Finding history(const Facts& facts) {
  if (find(facts.info, "run_id") && find(facts.info, "master_replid"))
    return {Level::ok, "failover", "cartd detects one", ""};
  return {Level::bad, "failover",
          "INFO does not show it (" + why_not(facts.info) +
              "): cartd cannot detect a failover or lost data, and restores nothing",
          "permit +info"};
}

Finding persistence(const Facts& facts) {
  const auto aof = find(facts, "aof_enabled", "appendonly");
  if (!aof) return could_not_look("persistence", why_not(facts.info));
  if (*aof == "0" || *aof == "no")
    return {Level::bad, "persistence",
            "no append-only file: a restart loses the carts changed since the last snapshot, or all of them",
            "CONFIG SET appendonly yes, and the same in redis.conf"};
  const auto fsync = find(facts.config, "appendfsync");
  if (fsync && *fsync == "no")
    return {Level::warn, "persistence", "appendfsync no: a machine crash loses up to 30 s of changes",
            "CONFIG SET appendfsync everysec"};
  if (!fsync) return {Level::ok, "persistence", "append-only file; could not check appendfsync", ""};
  return {Level::ok, "persistence", "append-only file, appendfsync " + *fsync, ""};
}

Finding eviction(const Facts& facts) {
  const auto policy = find(facts, "maxmemory_policy", "maxmemory-policy");
  const auto maximum = find(facts, "maxmemory", "maxmemory");
  if (!policy) return could_not_look("eviction", why_not(facts.info));
  if (*policy == "noeviction")
    return {Level::ok, "eviction", "noeviction: when memory is full, changes are refused and nothing is evicted", ""};
  const bool bounded = maximum && *maximum != "0";
  const char* what = policy->starts_with("volatile-") ? ": evicts keys with an expiry, which every cart has"
                                                      : ": evicts any key, carts included";
  return {bounded ? Level::bad : Level::warn, "eviction", *policy + what + (bounded ? "" : ", once maxmemory is set"),
          "CONFIG SET maxmemory-policy noeviction"};
}

Finding memory(const Facts& facts) {
  const auto maximum = find(facts, "maxmemory", "maxmemory");
  if (!maximum) return could_not_look("memory", why_not(facts.info));
  if (*maximum == "0")
    return {Level::warn, "memory", "maxmemory 0: the server grows until the kernel kills it",
            "set maxmemory to what the machine can spare"};
  return {Level::ok, "memory", "maxmemory " + *maximum + " bytes", ""};
}

Finding evicted(const Facts& facts) {
  const auto keys = find(facts.info, "evicted_keys");
  if (!keys) return could_not_look("evicted", why_not(facts.info));
  if (*keys == "0") return {Level::ok, "evicted", "no key evicted since the start", ""};
  return {Level::bad, "evicted", *keys + " keys were evicted since the start: carts may be among them",
          "give the server more memory, and set noeviction"};
}

// 0 where there is none.
std::uint64_t leading_number(std::string_view digits) {
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// A line of INFO replication: "ip=…,port=…,state=online,offset=…,lag=0". A lag is counted in seconds.
bool keeps_up(const std::string& replica) {
  constexpr std::uint64_t longest_lag = 10;
  const std::size_t lag = replica.find(",lag=");
  return replica.find(",state=online,") != std::string::npos && lag != std::string::npos &&
         leading_number(std::string_view(replica).substr(lag + 5)) <= longest_lag;
}

Finding replicas(const Facts& facts, redis::Topology topology) {
  const auto count = find(facts.info, "connected_slaves");
  if (!count) return could_not_look("replicas", why_not(facts.info));
  if (*count == "0" && topology == redis::Topology::standalone)
    return {Level::warn, "replicas", "no replica: if the machine is lost, so are its carts",
            "add a replica on another machine"};
  if (*count == "0")
    return {Level::bad, "replicas", "no replica: no failover is possible, and if the machine is lost, so are its carts",
            "add a replica on another machine"};
  const std::uint64_t all = leading_number(*count);
  std::uint64_t behind = 0;
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(all, 1024); ++i)
    if (const auto replica = find(facts.info, "slave" + std::to_string(i)); replica && !keeps_up(*replica)) ++behind;
  if (behind > 0)
    return {Level::warn, "replicas",
            std::to_string(behind) + " of " + *count + " are not in sync: no change is durable until they are",
            "check their logs, and repl-backlog-size"};
  return {Level::ok, "replicas", *count + " in sync", ""};
}

Finding split_brain(const Facts& facts) {
  const auto least = find(facts.config, "min-replicas-to-write");
  if (!least) return could_not_look("min-replicas-to-write", why_not(facts.config));
  if (*least == "0")
    return {Level::warn, "min-replicas-to-write",
            "0: a primary that is cut off keeps taking changes, which a failover loses",
            "with two or more replicas: CONFIG SET min-replicas-to-write 1"};
  return {Level::ok, "min-replicas-to-write", *least, ""};
}

void judge_cluster_settings(const Facts& facts, std::vector<Finding>& findings) {
  const auto timeout = find(facts.config, "cluster-node-timeout");
  // The value that cartd assumes where it may not ask.
  constexpr std::uint64_t long_timeout = 15'000;
  if (!timeout) {
    findings.push_back({Level::unknown, "node-timeout",
                        "could not check: " + why_not(facts.config) + "; if cartd cannot either, it assumes 15 s",
                        "a cluster-node-timeout above 15 s needs +config|get for cartd"});
  } else if (leading_number(*timeout) > long_timeout) {
    findings.push_back(
        {Level::warn, "node-timeout",
         *timeout + " ms: a dead primary is not replaced for that long, and cartd assumes 15 s where it may not ask",
         "CONFIG SET cluster-node-timeout 5000, or permit cartd +config|get"});
  } else {
    findings.push_back({Level::ok, "node-timeout", *timeout + " ms", ""});
  }
  const auto setting = [&](const char* name, const char* check, const char* unwanted, const char* text) {
    const auto value = find(facts.config, name);
    if (!value) {
      findings.push_back(could_not_look(check, why_not(facts.config)));
    } else if (*value == unwanted) {
      findings.push_back({Level::warn, check, *value + std::string(text), std::string("CONFIG SET ") + name + " no"});
    } else {
      findings.push_back({Level::ok, check, *value, ""});
    }
  };
  setting("cluster-require-full-coverage", "full-coverage", "yes",
          ": one lost shard stops the carts on all others as well");
  setting("cluster-allow-reads-when-down", "reads-when-down", "yes",
          ": a primary that is cut off keeps serving stale carts");
}

Finding permissions(const Facts& facts) {
  if (!facts.refused) return could_not_look("permissions", facts.refused.error());
  const std::string advice = "permit what the line below names, or ask the provider of a proxy in between";
  if (!facts.refused->needed.empty()) {
    std::string names;
    for (const std::string& name : facts.refused->needed) names += (names.empty() ? "" : ", ") + name;
    return {Level::bad, "permissions", "the server refuses " + names + ": carts or users cannot be changed", advice};
  }
  if (!facts.refused->optional.empty()) {
    std::string costs;
    for (const auto& [name, cost] : facts.refused->optional)
      costs.append(costs.empty() ? "" : "; ").append(name).append(": ").append(cost);
    return {Level::warn, "permissions", "the server refuses " + costs, advice};
  }
  return {Level::ok, "permissions", "everything that cartd needs", ""};
}

Finding clock(const Facts& facts) {
  using std::chrono::milliseconds, std::chrono::seconds, std::chrono::minutes;
  if (!facts.clock_ahead) return could_not_look("clock", facts.clock_ahead.error());
  const milliseconds ahead = *facts.clock_ahead;
  const milliseconds distance = ahead < milliseconds(0) ? -ahead : ahead;
  const std::string text =
      std::to_string(distance.count()) + " ms " + (ahead < milliseconds(0) ? "behind" : "ahead of") + " this machine";
  if (distance > minutes(1))
    return {Level::bad, "clock", text + ": carts expire at the wrong time", "run NTP on both machines"};
  if (distance > seconds(1))
    return {Level::warn, "clock", text + ": carts expire early or late by that much", "run NTP on both machines"};
  return {Level::ok, "clock", text, ""};
}

Finding slow_log(const Facts& facts) {
  if (!facts.slow) return could_not_look("slow-log", facts.slow.error());
  if (facts.slow->count == 0) return {Level::ok, "slow-log", "no slow command about carts", ""};
  return {Level::warn, "slow-log",
          std::to_string(facts.slow->count) + " slow commands about carts; the slowest: " + facts.slow->command + ", " +
              std::to_string(facts.slow->slowest.count()) + " us",
          "look for large carts and for other commands that block the server"};
}

std::string share(const Spotted& spotted, std::uint64_t all, const char* what) {
  return std::to_string(spotted.count) + " of " + std::to_string(all) + " " + what + ", for example " + spotted.example;
}

void judge_sample(const Facts& facts, std::vector<Finding>& findings) {
  if (!facts.sample) {
    findings.push_back(could_not_look("carts", facts.sample.error()));
    return;
  }
  const Sample& sample = *facts.sample;
  findings.push_back({Level::ok, "carts",
                      std::to_string(sample.carts) + " carts and " + std::to_string(sample.metas) +
                          " meta hashes checked, " + (sample.complete ? "all of them" : "a sample"),
                      ""});
  const auto spot = [&](Level level, const char* check, const Spotted& spotted, std::uint64_t all, const char* what,
                        const char* advice) {
    if (spotted.count > 0) findings.push_back({level, check, share(spotted, all, what), advice});
  };
  spot(Level::bad, "json", sample.texts, sample.carts, "cart keys are strings, as other services keep carts in JSON",
       "see cartd --adopt-json-carts, for which cartd's user also needs +getrange +pttl");
  spot(Level::bad, "type", sample.wrong_type, sample.carts, "cart keys are not hashes: cartd cannot read them",
       "rename or convert what another service wrote there");
  spot(Level::warn, "size", sample.large, sample.carts, "carts have more than 500 lines",
       "find out what fills them; see cartd --max-lines");
  spot(Level::warn, "encoding", sample.cart_unpacked, sample.carts,
       "carts are not in the compact encoding and take several times the memory",
       "raise hash-max-listpack-entries, or keep carts small");
  spot(Level::warn, "meta-encoding", sample.meta_unpacked, sample.metas,
       "meta hashes are not in the compact encoding and take several times the memory",
       "raise hash-max-listpack-value to the size of your line details, or shorten them");
  spot(Level::warn, "expiry", sample.without_expiry, sample.carts, "carts never expire: memory keeps growing",
       "plain clients wrote them; the next command through cartd sets an expiry");
}

}  // namespace

const char* to_string(Level level) {
  switch (level) {
    case Level::ok: return "ok";
    case Level::unknown: return "unknown";
    case Level::warn: return "warn";
    case Level::bad: return "bad";
  }
  return "";
}

Finding could_not_look(const char* check, const std::string& why) {
  return {Level::unknown, check, "could not check: " + why, "run the doctor once as an administrator"};
}

std::vector<Finding> judge(const Facts& facts, redis::Topology topology) {
  std::vector<Finding> findings{version(facts),    role(facts),   history(facts), persistence(facts),
                                eviction(facts),   memory(facts), evicted(facts), replicas(facts, topology),
                                split_brain(facts)};
  if (topology == redis::Topology::cluster) judge_cluster_settings(facts, findings);
  findings.push_back(permissions(facts));
  findings.push_back(clock(facts));
  findings.push_back(slow_log(facts));
  judge_sample(facts, findings);
  return findings;
}

}  // namespace cartd::doctor
