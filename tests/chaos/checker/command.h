// The commands of a history: what was asked for once, however often it was sent.
#pragma once

#include "chaos/checker/history.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cartd::test {

struct Command {
  int client = 0;
  int server = 0;  ///< That acknowledged it, or that it was sent to last.
  Op op = Op::add;
  std::string sku{};
  std::int64_t n = 0;
  std::optional<std::string> details{};
  std::optional<std::string> owner{};
  std::optional<std::string> metadata{};
  std::optional<std::uint64_t> expected{};
  std::optional<std::int64_t> reply{};
  Outcome outcome = Outcome::refused;  ///< Refused only if every attempt was.
  Moment start{};                      ///< Of the first attempt that was not refused.
  Moment acknowledged_at{};            ///< Only with that outcome: the end of the first attempt that was acknowledged.
  bool in_store = false;               ///< Acknowledged, and not from a journal or memory: the store has it.
  bool may_be_lost = false;            ///< Acknowledged and not promised: like unknown, and its client counts on it.
  bool partial = false;                ///< Acknowledged by a cartd that knew only what was pending.
  bool roamed = false;                 ///< An attempt through another cartd may have been what was done.
};

/// The commands of one cart, in the order of their first attempts.
struct CartCommands {
  std::vector<Command> commands{};
  std::vector<std::optional<std::size_t>> command_of{};  ///< By exchange: its command; nothing for a read.
};

/// `exchanges` are all of one cart, by start.
CartCommands commands_of(const std::vector<Exchange>& exchanges);

/// True when it changes a cart whatever is in it: as many as are acknowledged, so often does the version rise at least.
bool always_changes(const Command& command);
/// True for a command that says what a line is to be, not how it changes.
bool is_absolute(Op op);
/// True when each client removes from the line of `sku` no more than it added there before, through the same cartd, and
/// saw acknowledged: then the order of the commands does not matter.
bool removes_only_what_was_added(const std::vector<Command>& commands, const std::string& sku);
/// True when the command changes the line of `sku`.
bool concerns(const Command& command, const std::string& sku);

}  // namespace cartd::test
