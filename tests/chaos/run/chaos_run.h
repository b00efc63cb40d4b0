// Injects faults into cartds and their Redis while clients use them, and has the checker examine what the clients saw.
#pragma once

#include "chaos/checker/checker.h"
#include "chaos/checker/history.h"
#include "chaos/deployment/deployment.h"
#include "chaos/faults/fault_schedule.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <stop_token>
#include <string>
#include <vector>

namespace cartd::test {

struct ChaosOptions {
  std::filesystem::path program{};  ///< cartd.
  std::filesystem::path clock{};    ///< The library that makes clocks jump; empty: none do.
  std::filesystem::path address{};  ///< The library that gives cartds their own addresses; empty: they have none.
  int cartds = 2;
  bool journal = false;
  bool memory_while_away = false;  ///< Without journals: changes are acknowledged from memory while Redis is away.
  int clients = 32;
  int carts = 50;  ///< At least 5.
  /// So many change the carts straight in Redis, beside the others: only where the deployment has a port for them, and
  /// without journals. No fault is injected then that takes the server away.
  int plain_clients = 0;
  int requests_per_second = 150;  ///< Of all clients together, when nothing is slow.
  std::chrono::seconds lasts{30};
  std::uint64_t seed = 1;
  std::vector<FaultKind> faults{};  ///< Empty: all that there can be.
  std::stop_token stop{};           ///< Ends the run early, and cleanly.
};

struct ChaosReport {
  CheckResult result{};
  std::vector<std::string> faults{};     ///< What was done, in order.
  std::filesystem::path history_file{};  ///< Where the history is, when something is wrong.
};

/// Prints its seed, every fault, and every ten seconds how far it is, to `out`. Throws std::runtime_error when a
/// program does not do what it has to for the run to go on. To be called from the thread that made the deployment.
ChaosReport run_chaos(Deployment& deployment, const ChaosOptions& options, std::ostream& out);

/// The faults that `options` and the deployment allow.
std::vector<FaultKind> possible_faults(const Deployment& deployment, const ChaosOptions& options);

/// The report as a table, and the violations, for people.
void print(const ChaosReport& report, std::ostream& out);

}  // namespace cartd::test
