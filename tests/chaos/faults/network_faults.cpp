#include "chaos/faults/network_faults.h"

#include <stdexcept>

namespace cartd::test {

const std::vector<FaultKind>& network_faults() {
  static const std::vector<FaultKind> all{
      FaultKind::cut_off_primary, FaultKind::split_network,  FaultKind::mute_primary, FaultKind::cut_off_sentinel,
      FaultKind::cut_off_cartd,   FaultKind::stall_requests, FaultKind::stall_replies};
  return all;
}

void inject(Links& links, FaultKind kind, const FaultTargets& targets) {
  switch (kind) {
    case FaultKind::cut_off_primary: return links.cut({targets.primary}, targets.others);
    case FaultKind::split_network: return links.cut({targets.primary, targets.cartd}, targets.others);
    case FaultKind::mute_primary: return links.lose({targets.primary}, targets.replicas);
    case FaultKind::cut_off_sentinel:
      links.cut({targets.sentinel}, {targets.primary});
      links.cut({targets.sentinel}, targets.others);
      return links.cut({targets.sentinel}, targets.cartds);
    case FaultKind::cut_off_cartd: return links.cut({targets.cartd}, {targets.primary});
    case FaultKind::stall_requests: return links.lose({targets.cartd}, {targets.primary});
    case FaultKind::stall_replies: return links.lose({targets.primary}, {targets.cartd});
    default: throw std::logic_error(to_string(kind) + " is no fault of the network");
  }
}

Links::Addresses cartd_addresses(std::size_t cartds) {
  Links::Addresses all;
  for (std::size_t i = 0; i < cartds; ++i) all.push_back(cartd_address(i));
  return all;
}

}  // namespace cartd::test
