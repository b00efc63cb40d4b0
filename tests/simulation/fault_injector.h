// The faults of a run, one after the other: each is healed before the next.
#pragma once

#include "simulation/scenario.h"
#include "simulation/store_link.h"
#include "simulation/workload.h"

#include <cstddef>

namespace cartd::simulation {

class FaultInjector {
 public:
  static constexpr int last_fault = 320;

  /// All outlive it.
  FaultInjector(const Deployment& deployment, Workload::Nodes& nodes, const Scenario& scenario)
      : deployment_(deployment), nodes_(nodes), scenario_(scenario) {}

  void start();
  /// Everything is up and connected.
  bool is_healed() const;

 private:
  void inject();
  void cut(std::size_t primary, int duration);
  void crash(std::size_t server);
  void restart(std::size_t server);
  void disturb_node();
  void lose_connections();
  void hang_disk();

  const Deployment deployment_;
  Workload::Nodes& nodes_;
  const Scenario scenario_;
  int cuts_ = 0;
};

}  // namespace cartd::simulation
