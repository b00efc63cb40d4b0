#include "outbox/core/delta.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

namespace cartd {
namespace {

/// Goes through a batch with the quantities as they are at that point of it.
class Differences {
 public:
  explicit Differences(const Cart& seen) {
    for (const Line& line : seen.lines) quantities_.emplace(line.id, line.quantity);
  }

  void operator()(const Add& add) {
    quantities_[add.line] += add.quantity;
    commands_.emplace_back(add);
  }

  void operator()(const Remove& remove) { take(remove.line, std::min(remove.quantity, seen(remove.line))); }

  void operator()(const RemoveLine& remove) { take(remove.line, seen(remove.line)); }

  void operator()(const Set& set) {
    const std::int64_t more = set.quantity - seen(set.line);
    if (more > 0) return (*this)(Add{set.line, more, set.details});
    take(set.line, -more);
    if (set.quantity > 0 && set.details != DetailsPatch{}) commands_.emplace_back(Describe{set.line, set.details});
  }

  void operator()(const Describe& describe) { commands_.emplace_back(describe); }

  void operator()(const Reprice& reprice) { commands_.emplace_back(reprice); }

  void operator()(const Clear&) {
    const auto all = quantities_;
    for (const auto& [line, quantity] : all) take(line, quantity);
  }

  std::vector<LineCommand> take_commands() { return std::move(commands_); }

 private:
  std::int64_t seen(const LineId& line) const {
    const auto found = quantities_.find(line);
    return found == quantities_.end() ? 0 : found->second;
  }

  void take(const LineId& line, std::int64_t quantity) {
    if (quantity <= 0) return;
    quantities_[line] -= quantity;
    commands_.emplace_back(Remove{line, quantity});
  }

  std::map<LineId, std::int64_t> quantities_;
  std::vector<LineCommand> commands_;
};

}  // namespace

std::optional<Command> delta(const Command& command, const Cart& seen) {
  const auto* batch = std::get_if<Batch>(&command);
  if (!batch) return command;
  Differences differences(seen);
  for (const LineCommand& line : batch->commands) std::visit(differences, line);
  Batch result{differences.take_commands()};
  if (result.commands.empty()) return std::nullopt;
  return Command(std::move(result));
}

}  // namespace cartd
