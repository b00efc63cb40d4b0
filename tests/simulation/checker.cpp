#include "simulation/checker.h"

namespace cartd::simulation {
namespace {

std::int64_t times_done(const Command& command, const Server& primary) {
  const auto found = primary.carts.find(command.cart);
  if (found == primary.carts.end()) return 0;
  for (const Line& line : found->second.record.cart.lines)
    if (line.sku == command.sku) return line.quantity;
  return 0;
}

}  // namespace

std::vector<std::string> check(const std::vector<Command>& commands, const Server& primary) {
  std::vector<std::string> violations;
  for (const Command& command : commands) {
    const std::string who = "the add of " + command.sku.str() + " at node " + std::to_string(command.node);
    const std::int64_t times = times_done(command, primary);
    const bool acknowledged = command.answer == Answer::acknowledged || command.answer == Answer::from_journal;
    if (times > 1) violations.push_back(who + " was applied twice");
    if (acknowledged && times == 0) violations.push_back(who + " was acknowledged and is lost");
    if (command.answer == Answer::refused && times > 0) violations.push_back(who + " was refused and is there");
    if (!command.answer) violations.push_back(who + " was never answered");
  }
  return violations;
}

}  // namespace cartd::simulation
