#include "domain/decide_transfer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace cartd {
namespace {

/// Without the pieces of those that are under way.
Result<std::vector<Line>> lines_to_move(const BeginTransfer& command, const TransferScene& scene,
                                        const Transfer* under_way) {
  if (!command.lines) {
    scene.draft.take_up_all_lines();
    std::vector<Line> lines = scene.cart.lines;
    for (Line& line : lines) line.quantity -= std::min(on_their_way(line.id, under_way), line.quantity);
    std::erase_if(lines, [](const Line& line) { return line.quantity == 0; });
    if (lines.empty()) return Error{Errc::not_found, "the cart has no lines"};
    return lines;
  }
  std::vector<Line> lines;
  for (std::size_t i = 0; i < command.lines->size(); ++i) {
    const WantedLine& wanted = (*command.lines)[i];
    const LineEdit& line = scene.draft.line(wanted.line);
    const std::int64_t held = line.quantity - std::min(on_their_way(wanted.line, under_way), line.quantity);
    if (held == 0) return Error{Errc::not_found, "the cart has no such line", "/lines/" + std::to_string(i)};
    lines.push_back({wanted.line, std::min(wanted.quantity.value_or(held), held), line.details});
  }
  std::sort(lines.begin(), lines.end(), shown_before);
  return lines;
}

/// How many pieces the policy asks for where the target has `there` of the line, and the source `more`.
std::int64_t wanted_of(MergePolicy policy, std::int64_t there, std::int64_t more) {
  if (there == 0) return more;
  switch (policy) {
    case MergePolicy::sum: return there + more;
    case MergePolicy::max: return std::max(there, more);
    case MergePolicy::keep_target: return there;
    case MergePolicy::keep_source:
    case MergePolicy::replace: return more;
  }
  return there;
}

/// What the line's details from the source add to those that are there. A price of the target's line wins.
DetailsPatch details_beside(const LineDetails* there, const LineDetails* incoming, MergePolicy policy) {
  DetailsPatch patch;
  if (incoming == nullptr) return patch;
  const bool prefers_source = policy == MergePolicy::keep_source;
  const auto takes = [&](bool is_there) { return there == nullptr || !is_there || prefers_source; };
  if (!incoming->name.empty() && takes(there && !there->name.empty())) patch.name = incoming->name;
  if (!incoming->metadata.empty() && takes(there && !there->metadata.empty())) patch.metadata = incoming->metadata;
  if (incoming->unit_price && (there == nullptr || !there->unit_price)) patch.unit_price = incoming->unit_price;
  patch.options = incoming->options;
  return patch;
}

/// Gives the target's line what the policy asks for, as far as the limits let it. Answers whether anything changed.
bool take_line(const Line& incoming, MergePolicy policy, Draft& draft, std::vector<LineDifference>& capped) {
  const LineEdit before = draft.line(incoming.id);
  const std::int64_t wanted = wanted_of(policy, before.quantity, incoming.quantity);
  if (policy == MergePolicy::keep_target && before.quantity != 0) return false;
  const std::int64_t room = draft.room_for(incoming.id);
  const std::int64_t quantity = std::min(wanted, std::max(room, before.quantity));
  if (quantity < wanted) capped.push_back({incoming.id, wanted, quantity});
  if (quantity == 0) return false;
  const auto put =
      draft.put(incoming.id, quantity, details_beside(before.details.get(), incoming.details.get(), policy));
  return put && *put;
}

void remember(const TransferScene& scene, const std::string& id, Time forget_at) {
  std::vector<const TakenTransfer*> kept;
  for (const TakenTransfer& one : scene.record.taken) {
    if (one.forget_at > scene.context.now) kept.push_back(&one);
    else scene.edits.dropped_taken.push_back(one.id);
  }
  std::sort(kept.begin(), kept.end(), [](const TakenTransfer* a, const TakenTransfer* b) {
    return std::tie(a->forget_at, a->id) < std::tie(b->forget_at, b->id);
  });
  const std::size_t most = std::max<std::size_t>(1, scene.context.limits.max_taken_transfers) - 1;
  for (std::size_t i = 0; i + most < kept.size(); ++i) scene.edits.dropped_taken.push_back(kept[i]->id);
  scene.edits.taken.push_back({id, forget_at});
}

}  // namespace

std::shared_ptr<const Transfer> transfer_under_way(const CartRecord& record, Time now) {
  return record.transfer && record.transfer->forget_at > now ? record.transfer : nullptr;
}

Result<TransferEffect> begin_transfer(const BeginTransfer& command, const TransferScene& scene) {
  if (command.target == scene.cart.id) return Error{Errc::invalid, "a cart cannot be merged with itself"};
  auto under_way = transfer_under_way(scene.record, scene.context.now);
  // It was accepted after the one that is under way had been finished: that was undone by a rollback.
  const bool is_another = scene.was_accepted && !find_transfer(under_way.get(), command.id) &&
                          count_transfers(under_way.get()) < max_transfers_under_way;
  if (under_way && !is_another) return TransferEffect{};
  // Its last step came first, after a rollback.
  if (has_taken(scene.record.taken, command.id)) return TransferEffect{};
  auto lines = lines_to_move(command, scene, under_way.get());
  if (!lines && scene.was_accepted) return TransferEffect{};
  if (!lines) return lines.error();
  Transfer transfer{command.id, command.target, command.policy, std::move(*lines), command.key, scene.context.now};
  transfer.forget_at = scene.context.now + scene.context.ttl.longest() + scene.context.limits.replay_horizon;
  transfer.earlier = std::move(under_way);
  scene.edits.transfer = std::make_shared<const Transfer>(std::move(transfer));
  return TransferEffect{false, true};
}

Result<TransferEffect> take_transfer(const TakeTransfer& command, const TransferScene& scene) {
  const Transfer& transfer = *command.transfer;
  TransferEffect effect;
  if (has_taken(scene.record.taken, transfer.id)) {
    effect.taken = std::make_shared<const TransferOutcome>(TransferOutcome{true});
    return effect;
  }
  const auto is_key = [&](const RememberedKey& one) {
    return transfer.key && one.idempotency.key == transfer.key->key &&
           one.at + scene.context.limits.replay_horizon > scene.context.now;
  };
  if (std::any_of(scene.record.keys.begin(), scene.record.keys.end(), is_key)) {
    effect.taken = std::make_shared<const TransferOutcome>(TransferOutcome{false});
    return effect;
  }
  TransferOutcome outcome{true};
  if (transfer.policy == MergePolicy::replace) effect.lines_changed = scene.draft.drop_all_lines();
  for (const Line& line : transfer.lines)
    effect.lines_changed |= take_line(line, transfer.policy, scene.draft, outcome.capped);
  // The clocks of two cartds may differ.
  remember(scene, transfer.id, transfer.forget_at + scene.context.limits.replay_horizon);
  effect.record_changed = true;
  effect.taken = std::make_shared<const TransferOutcome>(std::move(outcome));
  return effect;
}

Result<TransferEffect> finish_transfer(const FinishTransfer& command, const TransferScene& scene) {
  const Transfer& transfer = *command.transfer;
  const bool is_noted = find_transfer(scene.record.transfer.get(), transfer.id) != nullptr;
  const bool is_finished = has_taken(scene.record.taken, transfer.id);
  TransferEffect effect;
  if (is_noted) scene.edits.transfer = without_transfer(scene.record.transfer, transfer.id);
  effect.record_changed = is_noted;
  // What was accepted earlier may come to a record that lost the first step.
  if (!command.was_taken || is_finished || !(is_noted || scene.was_accepted)) return effect;
  for (const Line& line : transfer.lines) {
    LineEdit& edit = scene.draft.line(line.id);
    if (edit.quantity > line.quantity) {
      edit.quantity -= line.quantity;
      effect.lines_changed = true;
    } else {
      effect.lines_changed |= scene.draft.drop(edit);
    }
  }
  // As long as its first step may be repeated.
  remember(scene, transfer.id, scene.context.now + scene.context.limits.replay_horizon);
  effect.record_changed = true;
  return effect;
}

Time last_transfer_forgotten_at(const CartRecord& record, const RecordEdits& edits) {
  Time last{};
  const Transfer* const transfer = edits.transfer ? edits.transfer->get() : record.transfer.get();
  if (transfer != nullptr) last = transfer->forget_at;
  for (const TakenTransfer& one : record.taken)
    if (std::ranges::find(edits.dropped_taken, one.id) == edits.dropped_taken.end())
      last = std::max(last, one.forget_at);
  for (const TakenTransfer& one : edits.taken) last = std::max(last, one.forget_at);
  return last;
}

}  // namespace cartd
