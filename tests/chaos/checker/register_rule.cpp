#include "chaos/checker/register_rule.h"

#include <algorithm>
#include <map>
#include <utility>

namespace cartd::test {

void Register::add(const Command& command, std::string value) {
  if (command.outcome != Outcome::refused) writes_.push_back({&command, std::move(value)});
}

bool Register::shows(const Command& command, const Observation& observation) const {
  if (command.outcome != Outcome::acknowledged) return false;
  if (&command == observation.answer_to) return true;
  return command.acknowledged_at <= observation.start &&
         answers_for(command.server, command.in_store, observation, options_);
}

std::set<std::string> Register::at(const Observation& observation) const {
  // The beginning of the latest write that has to show: what was acknowledged before it, is overwritten.
  bool any = false;
  Moment latest{};
  std::map<int, Moment> latest_through;
  for (const Write& write : writes_) {
    if (!shows(*write.command, observation)) continue;
    any = true;
    latest = std::max(latest, write.command->start);
    if (write.command->roamed) continue;
    Moment& through = latest_through[write.command->server];
    through = std::max(through, write.command->start);
  }
  std::set<std::string> values;
  if (!any) values.emplace();
  for (const auto& [command, value] : writes_) {
    if (command->start > observation.end && command != observation.answer_to) continue;
    const auto through = latest_through.find(command->server);
    const bool in_any_order = !command->in_store || options_.store_may_roll_back;
    const bool overwritten =
        command->outcome == Outcome::acknowledged &&
        ((!in_any_order && command->acknowledged_at < latest) ||
         (!command->roamed && through != latest_through.end() && command->acknowledged_at < through->second));
    if (!overwritten) values.insert(value);
  }
  return values;
}

}  // namespace cartd::test
