#include "chaos/deployment/replicated_deployment.h"

#include "chaos/deployment/wipe.h"

#include <algorithm>
#include <utility>

namespace cartd::test {

std::string ReplicatedDeployment::inject(const Fault& fault) {
  const Pair pair = pair_of(fault);
  switch (fault.kind) {
    case FaultKind::kill_primary: return kill(pair.primary);
    case FaultKind::kill_replica: return kill(pair.replica);
    case FaultKind::freeze_primary: return freeze(pair.primary);
    case FaultKind::freeze_replica: return freeze(pair.replica);
    case FaultKind::wipe_primary:
      kill(pair.primary);
      wait_for_successor(fault, pair.primary);
      wipe(server(pair.primary));
      return name_of(pair.primary);
    case FaultKind::wipe_replica:
      kill(pair.replica);
      wipe(server(pair.replica));
      return name_of(pair.replica);
    case FaultKind::fail_over: return fail_over(fault, pair);
    case FaultKind::fail_over_twice: return fail_over_twice(fault, pair);
    default: break;
  }
  const auto& network = network_faults();
  const bool of_network = std::find(network.begin(), network.end(), fault.kind) != network.end();
  return of_network ? inject_network(fault, pair) : inject_own(fault);
}

void ReplicatedDeployment::heal() {
  std::exchange(heal_, [] {})();
}

std::string ReplicatedDeployment::inject_network(const Fault& fault, Pair pair) {
  heal_ = [this] { links_->restore(); };
  cartd::test::inject(*links_, fault.kind, targets_of(fault, pair));
  switch (fault.kind) {
    case FaultKind::cut_off_primary: wait_for_successor(fault, pair.primary); return name_of(pair.primary);
    case FaultKind::split_network:
      wait_for_successor(fault, pair.primary);
      return name_of(pair.primary) + " with " + cartd_of(fault);
    case FaultKind::mute_primary: return name_of(pair.primary);
    case FaultKind::cut_off_sentinel: return "a sentinel";
    default: return cartd_of(fault) + " and " + name_of(pair.primary);
  }
}

std::string ReplicatedDeployment::kill(std::size_t number) {
  server(number).kill();
  heal_ = [this, number] { server(number).restart(); };
  return name_of(number);
}

std::string ReplicatedDeployment::freeze(std::size_t number) {
  server(number).freeze();
  heal_ = [this, number] { server(number).thaw(); };
  return name_of(number);
}

}  // namespace cartd::test
