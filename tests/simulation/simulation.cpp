#include "simulation/simulation.h"

#include "simulation/checker.h"
#include "simulation/fault_injector.h"
#include "simulation/network.h"
#include "simulation/node.h"
#include "simulation/replication.h"
#include "simulation/schedule.h"
#include "simulation/sentinels.h"
#include "simulation/workload.h"

#include <algorithm>
#include <memory>

namespace cartd::simulation {
namespace {

constexpr int end_of_time = 6000;

class Simulation {
 public:
  Simulation(std::uint64_t seed, const Guards& guards, std::ostream* trace)
      : guards_(guards), schedule_(seed, trace), faults_(deployment_, nodes_), workload_(schedule_, nodes_) {
    const bool has_journal = seed % 2 == 0;
    for (std::size_t i = 0; i < node_count; ++i) {
      nodes_[i] = std::make_unique<Node>(deployment_, i, has_journal);
      nodes_[i]->start();
    }
    servers_.on_ended([this](const ConnectionPtr& connection) { nodes_[connection->node]->link().lose(connection); });
  }

  Findings run() {
    servers_.start();
    sentinels_.start();
    workload_.start();
    faults_.start();
    while (schedule_.now() < end_of_time && !is_over() && schedule_.run_next()) {
    }
    return findings();
  }

 private:
  bool is_at_rest() const {
    return faults_.is_healed() &&
           std::all_of(nodes_.begin(), nodes_.end(), [](const auto& node) { return node->is_at_rest(); });
  }

  bool is_over() const { return schedule_.now() > FaultInjector::last_fault && is_at_rest(); }

  Findings findings() const {
    Findings result;
    const std::vector<Command>& commands = workload_.commands();
    const auto count = [&](Answer answer) {
      return static_cast<std::size_t>(std::count_if(commands.begin(), commands.end(),
                                                    [&](const Command& command) { return command.answer == answer; }));
    };
    result.commands = commands.size();
    result.from_journal = count(Answer::from_journal);
    result.acknowledged = count(Answer::acknowledged) + result.from_journal;
    result.unknown = count(Answer::unknown);
    result.failovers = sentinels_.failovers();
    for (const auto& node : nodes_) result.repetitions += node->repetitions();
    result.violations = check(commands, servers_.server(sentinels_.agreed()));
    if (!is_at_rest()) result.violations.emplace_back("the nodes never came to rest");
    return result;
  }

  const Guards guards_;
  Schedule schedule_;
  Network network_{schedule_};
  Replication servers_{schedule_, network_};
  Sentinels sentinels_{schedule_, network_, servers_};
  const Deployment deployment_{schedule_, network_, servers_, sentinels_, guards_};
  Workload::Nodes nodes_;
  FaultInjector faults_;
  Workload workload_;
};

}  // namespace

Findings simulate(std::uint64_t seed, const Guards& guards, std::ostream* trace) {
  return Simulation(seed, guards, trace).run();
}

}  // namespace cartd::simulation
