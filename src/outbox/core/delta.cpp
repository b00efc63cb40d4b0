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
    for (const Line& line : seen.lines) quantities_.emplace(line.sku, line.quantity);
  }

  void operator()(const Add& add) {
    quantities_[add.sku] += add.quantity;
    commands_.emplace_back(add);
  }

  void operator()(const Remove& remove) { take(remove.sku, std::min(remove.quantity, seen(remove.sku))); }

  void operator()(const RemoveLine& remove) { take(remove.sku, seen(remove.sku)); }

  void operator()(const Set& set) {
    const std::int64_t more = set.quantity - seen(set.sku);
    if (set.quantity > 0 && set.details && more <= 0) {
      // Details go with pieces that are added: one piece is taken out more, and put in again with them.
      take(set.sku, 1 - more);
      (*this)(Add{set.sku, 1, set.details});
    } else if (more > 0) {
      (*this)(Add{set.sku, more, set.details});
    } else {
      take(set.sku, -more);
    }
  }

  void operator()(const Clear&) {
    const auto all = quantities_;
    for (const auto& [sku, quantity] : all) take(sku, quantity);
  }

  std::vector<LineCommand> take_commands() { return std::move(commands_); }

 private:
  std::int64_t seen(const Sku& sku) const {
    const auto found = quantities_.find(sku);
    return found == quantities_.end() ? 0 : found->second;
  }

  void take(const Sku& sku, std::int64_t quantity) {
    if (quantity <= 0) return;
    quantities_[sku] -= quantity;
    commands_.emplace_back(Remove{sku, quantity});
  }

  std::map<Sku, std::int64_t> quantities_;
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
