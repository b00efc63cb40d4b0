#include "chaos/checker/command.h"

#include <map>
#include <utility>

namespace cartd::test {
namespace {

void take_attempt(Command& command, const Exchange& exchange) {
  if (exchange.outcome == Outcome::refused || command.outcome == Outcome::acknowledged) return;
  if (command.outcome == Outcome::refused) command.start = exchange.start;
  else command.roamed |= command.server != exchange.server;
  command.may_be_lost = exchange.outcome == Outcome::acknowledged && !exchange.is_promised;
  command.outcome = command.may_be_lost ? Outcome::unknown : exchange.outcome;
  command.server = exchange.server;
  command.partial = exchange.seen && exchange.seen->partial;
  if (command.outcome != Outcome::acknowledged) return;
  command.acknowledged_at = exchange.end;
  command.in_store = !exchange.degraded && (!exchange.seen || exchange.seen->durability != "journal") &&
                     (exchange.seen || exchange.version.has_value());
}

}  // namespace

CartCommands commands_of(const std::vector<Exchange>& exchanges) {
  CartCommands result;
  std::map<std::string, std::size_t> by_key;
  for (const Exchange& exchange : exchanges) {
    if (exchange.op == Op::read) {
      result.command_of.emplace_back();
      continue;
    }
    std::size_t index = result.commands.size();
    if (!exchange.key.empty()) index = by_key.emplace(exchange.key, index).first->second;
    if (index == result.commands.size())
      result.commands.push_back({.client = exchange.client,
                                 .server = exchange.server,
                                 .op = exchange.op,
                                 .sku = exchange.sku,
                                 .n = exchange.n,
                                 .details = exchange.details,
                                 .owner = exchange.owner,
                                 .metadata = exchange.metadata,
                                 .expected = exchange.expected,
                                 .reply = exchange.reply,
                                 .start = exchange.start});
    take_attempt(result.commands[index], exchange);
    result.command_of.emplace_back(index);
  }
  return result;
}

bool always_changes(const Command& command) { return command.op == Op::add; }

bool is_absolute(Op op) { return op == Op::set || op == Op::remove_line || op == Op::clear || op == Op::erase; }

bool removes_only_what_was_added(const std::vector<Command>& commands, const std::string& sku) {
  std::map<std::pair<int, int>, std::int64_t> left;
  for (const Command& command : commands) {
    if (command.sku != sku || command.outcome == Outcome::refused) continue;
    std::int64_t& here = left[{command.client, command.server}];
    const bool was_acknowledged = command.outcome == Outcome::acknowledged || command.may_be_lost;
    if (command.op == Op::add && was_acknowledged) here += command.n;
    if (command.op == Op::remove) here -= command.n;
    if (here < 0) return false;
  }
  return true;
}

bool concerns(const Command& command, const std::string& sku) {
  return command.op == Op::clear || command.op == Op::erase || command.sku == sku;
}

}  // namespace cartd::test
