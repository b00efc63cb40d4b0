#include "chaos/deployment/cart_in_redis.h"
#include "chaos/deployment/deployment.h"
#include "chaos/deployment/wipe.h"
#include "chaos/faults/links.h"
#include "chaos/faults/network_faults.h"
#include "support/sentinel_group.h"
#include "support/wait_until.h"

#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;

constexpr auto attempt = 5s;
constexpr auto patience = 60s;

class SentinelDeployment final : public Deployment {
 public:
  explicit SentinelDeployment(std::size_t cartds) : cartds_(cartds) {}

  std::string url() const override { return group_.url(); }

  std::vector<FaultKind> faults() const override {
    std::vector<FaultKind> kinds{FaultKind::kill_primary,   FaultKind::freeze_primary, FaultKind::wipe_primary,  FaultKind::kill_replica,
                                 FaultKind::freeze_replica, FaultKind::wipe_replica,   FaultKind::kill_sentinel, FaultKind::freeze_sentinel,
                                 FaultKind::fail_over,      FaultKind::fail_over_twice};
    if (links_) kinds.insert(kinds.end(), network_faults().begin(), network_faults().end());
    return kinds;
  }

  bool may_roll_back() const override { return true; }

  std::string inject(const Fault& fault) override {
    const std::size_t primary = group_.primary();
    // The others in turn.
    const std::size_t replica = (primary + 1 + fault.target % (group_.servers() - 1)) % group_.servers();
    const std::size_t sentinel = fault.target % group_.sentinels();
    switch (fault.kind) {
      case FaultKind::kill_primary: return kill(primary);
      case FaultKind::kill_replica: return kill(replica);
      case FaultKind::freeze_primary: return freeze(primary);
      case FaultKind::freeze_replica: return freeze(replica);
      case FaultKind::wipe_primary:
        kill(primary);
        group_.primary_other_than(primary);
        wipe(group_.server(primary));
        return name_of(primary);
      case FaultKind::wipe_replica:
        kill(replica);
        wipe(group_.server(replica));
        return name_of(replica);
      case FaultKind::kill_sentinel:
        group_.sentinel(sentinel).kill();
        heal_ = [this, sentinel] { group_.restart_sentinel(sentinel); };
        return "sentinel " + std::to_string(sentinel);
      case FaultKind::freeze_sentinel:
        group_.sentinel(sentinel).freeze();
        heal_ = [this, sentinel] { group_.sentinel(sentinel).thaw(); };
        return "sentinel " + std::to_string(sentinel);
      case FaultKind::cut_off_primary:
      case FaultKind::split_network:
        disturb(fault, primary);
        group_.primary_other_than(primary);
        return name_of(primary) + (fault.kind == FaultKind::split_network ? " with " + cartd_of(fault) : "");
      case FaultKind::mute_primary: disturb(fault, primary); return name_of(primary);
      case FaultKind::cut_off_sentinel: disturb(fault, primary); return "sentinel " + std::to_string(sentinel);
      case FaultKind::cut_off_cartd:
      case FaultKind::stall_requests:
      case FaultKind::stall_replies: disturb(fault, primary); return cartd_of(fault) + " and " + name_of(primary);
      case FaultKind::fail_over_twice: fail_over(); [[fallthrough]];
      default: fail_over(); return "from " + name_of(primary) + " to " + name_of(group_.primary());
    }
  }

  void heal() override {
    std::exchange(heal_, [] {})();
  }

  void wait_until_whole() override { group_.wait_until_whole(); }

  CartView read(const std::string& cart) override {
    RedisProbe probe = group_.server(group_.primary()).probe();
    return read_cart(probe, cart);
  }

 private:
  std::string cartd_of(const Fault& fault) const { return "cartd " + std::to_string(fault.target % cartds_); }

  static std::string name_of(std::size_t server) { return "server " + std::to_string(server); }

  std::string kill(std::size_t server) {
    group_.server(server).kill();
    heal_ = [this, server] { group_.server(server).restart(); };
    return name_of(server);
  }

  std::string freeze(std::size_t server) {
    group_.server(server).freeze();
    heal_ = [this, server] { group_.server(server).thaw(); };
    return name_of(server);
  }

  /// Begins a fault of the network.
  void disturb(const Fault& fault, std::size_t primary) {
    FaultTargets targets{.primary = group_.server(primary).address(),
                         .sentinel = group_.sentinel(fault.target % group_.sentinels()).address(),
                         .cartd = cartd_address(fault.target % cartds_),
                         .cartds = cartd_addresses(cartds_)};
    for (std::size_t i = 0; i < group_.servers(); ++i)
      if (i != primary) targets.replicas.push_back(group_.server(i).address());
    targets.others = targets.replicas;
    for (std::size_t i = 0; i < group_.sentinels(); ++i) targets.others.push_back(group_.sentinel(i).address());
    heal_ = [this] { links_->restore(); };
    cartd::test::inject(*links_, fault.kind, targets);
  }

  /// A Sentinel gives up a failover for which it finds no replica good enough at that moment: then it is told again.
  void fail_over() {
    const std::size_t before = group_.primary();
    const auto told = [&] {
      group_.sentinel(0).probe().command({"SENTINEL", "FAILOVER", SentinelGroup::name});
      return wait_until([&] { return group_.primary() != before; }, attempt);
    };
    if (!wait_until(told, patience)) throw std::runtime_error("the Sentinels do not make another server the primary");
  }

  const std::size_t cartds_;
  /// Made before the servers: whatever is to be cut off from others has to start in their network.
  std::unique_ptr<Links> links_ = links_where_possible();
  // So that a server that is back before it counts as dead has not lost what others think it has.
  SentinelGroup group_{{.own_addresses = links_ != nullptr, .arguments = {"--appendonly", "yes"}}};
  std::function<void()> heal_ = [] {};
};

}  // namespace

std::unique_ptr<Deployment> sentinel_deployment(std::size_t cartds) { return std::make_unique<SentinelDeployment>(cartds); }

}  // namespace cartd::test
