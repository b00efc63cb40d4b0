// Carries out a fault schedule: injects a fault, waits, heals it, and waits until all is whole again.
//
// Threads and failure: as for Deployment.
#pragma once

#include "chaos/deployment/deployment.h"
#include "chaos/deployment/fleet.h"
#include "chaos/faults/fault_schedule.h"

#include <functional>
#include <stop_token>
#include <string>

namespace cartd::test {

class FaultInjector {
 public:
  /// Told what happens as it happens.
  using Announce = std::function<void(const std::string&)>;

  FaultInjector(Deployment& deployment, Fleet& fleet, std::stop_token stop, Announce announce);

  /// One fault from its beginning until all is whole again and the calm after it is over. Cut short when stopped: a
  /// fault that was injected is healed all the same. Throws std::runtime_error when the deployment does not become
  /// whole.
  void run(const Fault& fault);

 private:
  void kill_cartd(const Fault& fault);
  void kill_twice(const Fault& fault);
  void jump(const Fault& fault);
  void fill(const Fault& fault);
  void lock(const Fault& fault);
  void restart(int number);
  void wait_until_whole(const std::string& after);

  Deployment& deployment_;
  Fleet& fleet_;
  const std::stop_token stop_;
  const Announce announce_;
};

}  // namespace cartd::test
