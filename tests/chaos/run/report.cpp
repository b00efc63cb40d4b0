#include "chaos/run/chaos_run.h"

#include <iomanip>
#include <ostream>
#include <utility>

namespace cartd::test {

void print(const ChaosReport& report, std::ostream& out) {
  const Summary& summary = report.result.summary;
  const std::vector<std::pair<const char*, std::size_t>> rows{{"faults", report.faults.size()},
                                                              {"carts", summary.carts},
                                                              {"users", summary.users},
                                                              {"requests", summary.requests},
                                                              {"acknowledged", summary.acknowledged},
                                                              {"  from the journal", summary.from_journal},
                                                              {"  from memory", summary.from_memory},
                                                              {"    by a cartd killed later", summary.unpromised},
                                                              {"unknown", summary.unknown},
                                                              {"refused", summary.refused},
                                                              {"  for the cart's version", summary.mismatches},
                                                              {"repeated under their key", summary.repeated},
                                                              {"answers marked degraded", summary.degraded},
                                                              {"values seen in answers", summary.views},
                                                              {"lines with one possible end", summary.exact_lines},
                                                              {"carts and users put in order", summary.ordered},
                                                              {"merges and moves", summary.merges},
                                                              {"checkouts that became orders", summary.orders},
                                                              {"not to be checked", summary.undetermined},
                                                              {"violations", report.result.violations.size()}};
  for (const auto& [name, number] : rows)
    out << std::left << std::setw(30) << name << std::right << std::setw(10) << number << '\n';
  for (const std::string& violation : report.result.violations) out << "VIOLATION: " << violation << '\n';
  if (!report.history_file.empty()) out << "the history is in " << report.history_file.string() << '\n';
  out << std::flush;
}

}  // namespace cartd::test
