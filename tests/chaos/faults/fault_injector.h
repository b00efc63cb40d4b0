// Carries out a script: strikes, waits, heals, and waits until all is whole again.
//
// Threads and failure: as for Stage.
#pragma once

#include "chaos/deployment/fleet.h"
#include "chaos/faults/fault_schedule.h"
#include "chaos/deployment/deployment.h"

#include <functional>
#include <stop_token>
#include <string>

namespace cartd::test {

class Director {
 public:
  /// Told what happens as it happens.
  using Announce = std::function<void(const std::string&)>;

  Director(Stage& stage, Fleet& fleet, std::stop_token stop, Announce announce);

  /// One fault from its beginning until all is whole again and the calm after it is over. Cut short when stopped: what was
  /// struck is healed all the same. Throws std::runtime_error when the deployment does not become whole.
  void play(const Fault& fault);

 private:
  void strike_cartd(const Fault& fault);
  void kill_twice(const Fault& fault);
  void jump(const Fault& fault);
  void fill(const Fault& fault);
  void lock(const Fault& fault);
  void restart(int number);
  void wait_until_whole(const std::string& after);

  Stage& stage_;
  Fleet& fleet_;
  const std::stop_token stop_;
  const Announce announce_;
};

}  // namespace cartd::test
