#include "apps/cartctl/doctor/deployment_judgement.h"

#include "redis/topology/sentinel_replies.h"

#include <algorithm>
#include <set>

namespace cartd::doctor {
namespace {

using std::chrono::milliseconds, std::chrono::seconds;

// "a", "a and b", "a, b and c"
template <class List, class Name>
std::string listed(const List& list, Name name) {
  std::string text;
  for (auto one = list.begin(); one != list.end(); ++one) {
    if (one != list.begin()) text += std::next(one) == list.end() ? " and " : ", ";
    text += name(*one);
  }
  return text;
}

std::string count_of(std::size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

/// Judges what several Sentinels say.
class SentinelJudgement {
 public:
  explicit SentinelJudgement(const std::vector<Sentinel>& all) : all_(all) {
    for (const Sentinel& sentinel : all) (sentinel.report ? speaking_ : silent_).push_back(&sentinel);
  }

  std::vector<Finding> findings() const {
    if (speaking_.empty()) return {presence()};
    return {presence(), quorum(), primary(), replicas(), down_after()};
  }

 private:
  using Some = std::vector<const Sentinel*>;
  static std::string name(const Sentinel* sentinel) { return sentinel->address; }

  Finding presence() const {
    const char* check = "sentinels";
    const std::string heard = std::to_string(speaking_.size()) + " of " + std::to_string(all_.size()) + " answer";
    if (!redis::is_majority(speaking_.size(), all_.size()))
      return {Level::bad, check,
              heard + ": no failover is possible and no change becomes durable; silent: " + silent_text(),
              "start them; if they are gone for good, run SENTINEL RESET on the others"};
    if (!silent_.empty())
      return {Level::warn, check, heard + "; silent: " + silent_text(),
              "start them; if they are gone for good, run SENTINEL RESET on the others"};
    if (all_.size() < 3)
      return {Level::bad, check, heard + ": if one is lost, the rest is no majority and no failover is possible",
              "run three, on three machines"};
    return {Level::ok, check, heard, ""};
  }

  std::string silent_text() const {
    return listed(silent_,
                  [](const Sentinel* sentinel) { return sentinel->address + " (" + sentinel->report.error() + ")"; });
  }

  template <class Value>
  std::set<Value> values(Value SentinelReport::*member) const {
    std::set<Value> all;
    for (const Sentinel* sentinel : speaking_) all.insert((*sentinel->report).*member);
    return all;
  }

  Finding quorum() const {
    const char* check = "quorum";
    const auto all = values(&SentinelReport::quorum);
    const std::uint64_t greatest = *all.rbegin();
    const std::string text =
        listed(all, [](std::uint64_t one) { return std::to_string(one); }) + " of " + std::to_string(all_.size());
    const std::string advice = "SENTINEL SET … quorum " + std::to_string(all_.size() / 2 + 1) + " on every Sentinel";
    if (greatest > speaking_.size())
      return {Level::bad, check,
              text + ", and " + std::to_string(speaking_.size()) + " answer: a dead primary is not detected", advice};
    if (all.size() > 1) return {Level::warn, check, text + ": the Sentinels do not agree on it", advice};
    if (*all.begin() < 2)
      return {Level::warn, check, text + ": a single Sentinel with a bad connection can start a failover", advice};
    return {Level::ok, check, text, ""};
  }

  Finding primary() const {
    const char* check = "primary";
    const auto named = values(&SentinelReport::primary);
    const auto who = [](const std::string& one) { return one.empty() ? std::string("none") : one; };
    if (named.size() > 1)
      return {Level::bad, check, "the Sentinels report different primaries: " + listed(named, who),
              "wait for a failover to end; otherwise look for Sentinels that are cut off"};
    if (named.begin()->empty()) return {Level::bad, check, "the Sentinels report no primary", "check their logs"};
    Some down;
    std::copy_if(speaking_.begin(), speaking_.end(), std::back_inserter(down),
                 [](const Sentinel* one) { return one->report->primary_down; });
    if (!down.empty())
      return {Level::bad, check, *named.begin() + " is down, according to " + listed(down, name), "check that server"};
    return {Level::ok, check, *named.begin() + ", according to every Sentinel", ""};
  }

  // As the first Sentinel reports that may.
  Finding replicas() const {
    const char* check = "takeover";
    const auto tells = std::find_if(speaking_.begin(), speaking_.end(),
                                    [](const Sentinel* one) { return one->report->replicas.has_value(); });
    if (tells == speaking_.end()) return could_not_look(check, speaking_.front()->report->replicas.error());
    const std::vector<WatchedReplica>& all = *(*tells)->report->replicas;
    const auto able = [](const WatchedReplica& one) { return one.up && one.in_sync && one.may_take_over; };
    const auto ready = static_cast<std::size_t>(std::count_if(all.begin(), all.end(), able));
    if (ready == 0)
      return {Level::bad, check, "none of " + count_of(all.size(), "replica", "replicas") + " can take over",
              "start one on another machine, with a replica-priority above 0"};
    std::vector<WatchedReplica> others;
    std::copy_if(all.begin(), all.end(), std::back_inserter(others),
                 [&](const WatchedReplica& one) { return !able(one); });
    if (others.empty()) return {Level::ok, check, count_of(ready, "replica", "replicas") + " can", ""};
    const auto why = [](const WatchedReplica& one) {
      return one.address + (!one.up ? " (down)" : !one.in_sync ? " (not in sync)" : " (replica-priority 0)");
    };
    return {Level::warn, check, count_of(ready, "replica", "replicas") + " can; not: " + listed(others, why),
            "start those; if they are gone for good, run SENTINEL RESET: no change is durable while a listed replica "
            "lacks it"};
  }

  Finding down_after() const {
    const char* check = "down-after";
    const auto all = values(&SentinelReport::down_after);
    const std::string text = listed(all, [](milliseconds one) { return std::to_string(one.count()) + " ms"; });
    if (all.size() > 1)
      return {Level::warn, check, text + ": the Sentinels do not agree on it",
              "SENTINEL SET … down-after-milliseconds"};
    if (*all.begin() > seconds(30))
      return {Level::warn, check, text + ": a dead primary is not replaced for that long",
              "SENTINEL SET … down-after-milliseconds 5000 on every Sentinel"};
    if (*all.begin() < seconds(1))
      return {Level::warn, check, text + ": a primary is replaced when it is busy for a moment",
              "SENTINEL SET … down-after-milliseconds 5000 on every Sentinel"};
    return {Level::ok, check, text, ""};
  }

  const std::vector<Sentinel>& all_;
  Some speaking_;
  Some silent_;
};

std::vector<Finding> judge_cluster(const ClusterFacts& cluster) {
  std::vector<Finding> findings;
  const std::size_t lost = cluster.slots_without_owner;
  if (lost == 0) findings.push_back({Level::ok, "slots", "all 16384 have an owner", ""});
  else
    findings.push_back({Level::bad, "slots",
                        std::to_string(lost) + " of 16384 have no owner: their carts are unavailable",
                        "redis-cli --cluster fix, or bring the lost nodes back"});

  std::vector<std::string> doubtful;
  for (const ClusterNode& node : cluster.primaries) {
    if (!node.ok) doubtful.push_back(node.address + " (" + node.ok.error() + ")");
    else if (!*node.ok) doubtful.push_back(node.address + " (cluster_state is not ok)");
  }
  if (doubtful.empty()) findings.push_back({Level::ok, "state", "ok, according to every primary", ""});
  else
    findings.push_back({Level::bad, "state",
                        "not ok, according to " + listed(doubtful, [](const std::string& one) { return one; }),
                        "redis-cli --cluster check"});

  const std::string primaries = count_of(cluster.primaries.size(), "primary", "primaries");
  if (cluster.primaries.size() >= 3) findings.push_back({Level::ok, "primaries", primaries, ""});
  else
    findings.push_back({Level::warn, "primaries",
                        primaries + ": if one is lost, the rest is no majority and no failover is possible",
                        "run three or more, on as many machines"});
  return findings;
}

}  // namespace

std::vector<Chapter> judge(const Examined& examined) {
  std::vector<Chapter> chapters;
  if (examined.topology == redis::Topology::sentinel)
    chapters.push_back({"", SentinelJudgement(examined.sentinels).findings()});
  if (examined.cluster) chapters.push_back({"", judge_cluster(*examined.cluster)});
  for (const Primary& primary : examined.primaries) {
    if (primary.facts) chapters.push_back({primary.address, judge(*primary.facts, examined.topology)});
    else
      chapters.push_back(
          {primary.address,
           {{Level::bad, "connection", primary.facts.error(), "make this announced address reachable from cartd"}}});
  }
  return chapters;
}

}  // namespace cartd::doctor
