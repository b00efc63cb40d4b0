#include "simulation/simulation.h"

#include "simulation/checker.h"
#include "simulation/fault_injector.h"
#include "simulation/merges.h"
#include "simulation/network.h"
#include "simulation/node.h"
#include "simulation/replication.h"
#include "simulation/scenario.h"
#include "simulation/schedule.h"
#include "simulation/sentinels.h"
#include "simulation/workload.h"

#include <algorithm>
#include <memory>

namespace cartd::simulation {
namespace {

constexpr int end_of_time = 12'000;

class Simulation {
 public:
  Simulation(std::uint64_t seed, const Scenario& scenario, const Guards& guards, std::ostream* trace)
      : guards_(guards),
        scenario_(scenario),
        schedule_(seed, trace),
        faults_(deployment_, nodes_, scenario_),
        workload_(deployment_, nodes_, seed, scenario_),
        merges_(deployment_, nodes_, seed) {
    servers_.on_ended([this](const ConnectionPtr& connection) { nodes_[connection->node]->link().lose(connection); });
    for (std::size_t i = 0; i < node_count; ++i) {
      nodes_[i] = std::make_unique<Node>(deployment_, i, scenario_);
      nodes_[i]->start();
    }
  }

  Findings run() {
    pass(workload_);
    return findings(
        check_run(workload_.history(), kills(), workload_.carts(), servers_.server(sentinels_.agreed()), scenario_));
  }

  Findings run_merges() {
    pass(merges_);
    return findings(
        check_merges(merges_.history(), kills(), merges_.carts(), servers_.server(sentinels_.agreed()), scenario_));
  }

 private:
  template <class Clients>
  void pass(Clients& clients) {
    servers_.start();
    sentinels_.start();
    clients.start();
    faults_.start();
    while (schedule_.now() < end_of_time && !is_over() && schedule_.run_next()) {
    }
  }

  bool is_over() const {
    return schedule_.now() > FaultInjector::last_fault && workload_.is_done() && merges_.is_done() &&
           faults_.is_healed() &&
           std::all_of(nodes_.begin(), nodes_.end(), [](const auto& node) { return node->is_at_rest(); });
  }

  std::vector<test::Kill> kills() const {
    std::vector<test::Kill> all;
    // Within a millisecond what ended before stands microseconds behind its beginning.
    for (std::size_t i = 0; i < node_count; ++i)
      for (const int when : nodes_[i]->crashes())
        all.push_back({static_cast<int>(i), std::chrono::milliseconds(when + 1)});
    return all;
  }

  Findings findings(test::CheckResult checked) const {
    Findings result{
        .summary = checked.summary, .failovers = sentinels_.failovers(), .violations = std::move(checked.violations)};
    for (const auto& node : nodes_) {
      const OutboxFigures figures = node->figures();
      result.outboxes.deduplicated += figures.deduplicated;
      result.outboxes.restored += figures.restored;
      result.outboxes.recovered += figures.recovered;
      result.dropped_sequences += node->dropped_sequences();
      if (figures.dead_letters > 0) result.violations.emplace_back("an acknowledged change became a dead letter");
    }
    if (!is_over()) result.violations.emplace_back("the run never came to rest");
    return result;
  }

  const Guards guards_;
  const Scenario scenario_;
  Schedule schedule_;
  Network network_{schedule_};
  Replication servers_{schedule_, network_};
  Sentinels sentinels_{schedule_, network_, servers_};
  const Deployment deployment_{schedule_, network_, servers_, sentinels_, guards_};
  Workload::Nodes nodes_;
  FaultInjector faults_;
  Workload workload_;
  Merges merges_;
};

}  // namespace

Findings simulate(std::uint64_t seed, const Guards& guards, std::ostream* trace) {
  return Simulation(seed, scenario_of(seed), guards, trace).run();
}

Findings simulate_merges(std::uint64_t seed, const Guards& guards, std::ostream* trace) {
  Scenario scenario = scenario_of(seed);
  scenario.has_plain_clients = false;
  return Simulation(seed, scenario, guards, trace).run_merges();
}

}  // namespace cartd::simulation
