#include "chaos/deployment/replicated_deployment.h"
#include "support/sentinel_group.h"
#include "support/wait_until.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;

constexpr auto attempt = 5s;
constexpr auto patience = 60s;

class SentinelDeployment final : public ReplicatedDeployment {
 public:
  explicit SentinelDeployment(std::size_t cartds) : ReplicatedDeployment(cartds) {}

  std::string url() const override { return group_.url(); }

  std::vector<FaultKind> faults() const override {
    std::vector<FaultKind> kinds{FaultKind::kill_primary,   FaultKind::freeze_primary,  FaultKind::wipe_primary,
                                 FaultKind::kill_replica,   FaultKind::freeze_replica,  FaultKind::wipe_replica,
                                 FaultKind::kill_sentinel,  FaultKind::freeze_sentinel, FaultKind::fail_over,
                                 FaultKind::fail_over_twice};
    if (has_links()) kinds.insert(kinds.end(), network_faults().begin(), network_faults().end());
    return kinds;
  }

  void wait_until_whole() override { group_.wait_until_whole(); }

  RedisProbe probe_for(const std::string&) override { return group_.server(group_.primary()).probe(); }

 protected:
  RedisServer& server(std::size_t number) override { return group_.server(number); }

  std::string name_of(std::size_t server) const override { return "server " + std::to_string(server); }

  Pair pair_of(const Fault& fault) override {
    const std::size_t primary = group_.primary();
    // The others in turn.
    return {.primary = primary, .replica = (primary + 1 + fault.target % (group_.servers() - 1)) % group_.servers()};
  }

  void wait_for_successor(const Fault&, std::size_t primary) override { group_.primary_other_than(primary); }

  std::string fail_over(const Fault&, Pair pair) override {
    make_sentinels_fail_over();
    return "from " + name_of(pair.primary) + " to " + name_of(group_.primary());
  }

  std::string fail_over_twice(const Fault& fault, Pair pair) override {
    make_sentinels_fail_over();
    return fail_over(fault, pair);
  }

  std::string inject_own(const Fault& fault) override {
    const std::size_t number = sentinel_of(fault);
    if (fault.kind == FaultKind::kill_sentinel) {
      group_.sentinel(number).kill();
      heal_by([this, number] { group_.restart_sentinel(number); });
    } else {
      group_.sentinel(number).freeze();
      heal_by([this, number] { group_.sentinel(number).thaw(); });
    }
    return "sentinel " + std::to_string(number);
  }

  FaultTargets targets_of(const Fault& fault, Pair pair) override {
    FaultTargets targets{.primary = group_.server(pair.primary).address(),
                         .sentinel = group_.sentinel(sentinel_of(fault)).address(),
                         .cartd = cartd_address(fault.target % cartds()),
                         .cartds = cartd_addresses(cartds())};
    for (std::size_t i = 0; i < group_.servers(); ++i)
      if (i != pair.primary) targets.replicas.push_back(group_.server(i).address());
    targets.others = targets.replicas;
    for (std::size_t i = 0; i < group_.sentinels(); ++i) targets.others.push_back(group_.sentinel(i).address());
    return targets;
  }

 private:
  std::size_t sentinel_of(const Fault& fault) const { return fault.target % group_.sentinels(); }

  /// A Sentinel gives up a failover for which it finds no replica good enough at that moment: then it is told again.
  void make_sentinels_fail_over() {
    const std::size_t before = group_.primary();
    const auto told = [&] {
      group_.sentinel(0).probe().command({"SENTINEL", "FAILOVER", SentinelGroup::name});
      return wait_until([&] { return group_.primary() != before; }, attempt);
    };
    if (!wait_until(told, patience)) throw std::runtime_error("the Sentinels do not make another server the primary");
  }

  // So that a server that is back before it counts as dead has not lost what others think it has.
  SentinelGroup group_{{.own_addresses = has_links(), .arguments = {"--appendonly", "yes"}}};
};

}  // namespace

std::unique_ptr<Deployment> sentinel_deployment(std::size_t cartds) {
  return std::make_unique<SentinelDeployment>(cartds);
}

}  // namespace cartd::test
