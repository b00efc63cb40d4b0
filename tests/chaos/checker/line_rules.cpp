#include "chaos/checker/line_rules.h"

#include <algorithm>
#include <utility>

namespace cartd::test {
namespace {

LineState result_of(const Command& command, const LineState& line) {
  const std::string details = command.details.value_or(line.details);
  switch (command.op) {
    case Op::add: return {line.quantity + command.n, details};
    case Op::remove:
      return line.quantity > command.n ? LineState{line.quantity - command.n, line.details} : LineState{};
    case Op::set: return {command.n, details};
    case Op::describe: return line.quantity > 0 ? LineState{line.quantity, details} : line;
    case Op::remove_line:
    case Op::clear:
    case Op::erase: return {};
    default: return line;
  }
}

/// What an acknowledged command makes of a line that could be anything; nothing: that depends on what it was.
std::optional<LineState> result_for_sure(const Command& command) {
  const bool all_of_it = command.op == Op::set ? command.details.has_value() : is_absolute(command.op);
  return all_of_it ? std::optional(result_of(command, {})) : std::nullopt;
}

SequentialLine::Possible after(const Command& command, const SequentialLine::Possible& before) {
  if (command.outcome == Outcome::refused) return before;
  // What it set the line to was reckoned from what that cartd knew, and it did not know the line.
  if (is_absolute(command.op) && command.partial) return std::nullopt;
  if (!before) {
    const std::optional<LineState> result = result_for_sure(command);
    return result && command.outcome == Outcome::acknowledged ? std::optional(std::set{*result}) : std::nullopt;
  }
  std::set<LineState> possible;
  if (command.outcome == Outcome::unknown) possible = *before;
  for (const LineState& line : *before) possible.insert(result_of(command, line));
  return possible;
}

}  // namespace

bool answers_for(int acknowledging, bool in_store, const Observation& observation, const CheckOptions& options) {
  if (observation.in_the_end || acknowledging == observation.server) return true;
  return in_store && !observation.degraded && !options.store_may_roll_back;
}

void CommutativeLine::Timeline::sum_up() {
  std::sort(steps_.begin(), steps_.end());
  std::int64_t sum = 0;
  for (auto& [when, n] : steps_) n = sum += n;
}

std::int64_t CommutativeLine::Timeline::until(Moment when) const {
  const auto past =
      std::upper_bound(steps_.begin(), steps_.end(), when, [](Moment t, const auto& step) { return t < step.first; });
  return past == steps_.begin() ? 0 : std::prev(past)->second;
}

CommutativeLine::CommutativeLine(const std::vector<Command>& commands, const std::string& sku, CheckOptions options)
    : sku_(sku), options_(options) {
  for (const Command& command : commands) {
    if (command.sku != sku || command.outcome == Outcome::refused) continue;
    const bool adds = command.op == Op::add;
    (adds ? begun_adds_ : begun_removes_).add(command.start, command.n);
    if (command.outcome != Outcome::acknowledged) continue;
    Acknowledged& sure = sure_[{command.server, command.in_store}];
    (adds ? sure.added : sure.removed).add(command.acknowledged_at, command.n);
  }
  begun_adds_.sum_up();
  begun_removes_.sum_up();
  for (auto& [place, sure] : sure_) {
    sure.added.sum_up();
    sure.removed.sum_up();
  }
}

bool CommutativeLine::shows(const Place& place, const Observation& observation) const {
  return answers_for(place.first, place.second, observation, options_);
}

CommutativeLine::Range CommutativeLine::at(const Observation& observation) const {
  std::int64_t added = 0;
  std::int64_t removed = 0;
  for (const auto& [place, sure] : sure_) {
    if (!shows(place, observation)) continue;
    added += sure.added.until(observation.start);
    removed += sure.removed.until(observation.start);
  }
  // Its own answer is the first to say that it is done.
  if (const Command* own = observation.answer_to; own && own->sku == sku_ && own->acknowledged_at > observation.start)
    (own->op == Op::add ? added : removed) += own->n;
  return {std::max<std::int64_t>(added - begun_removes_.until(observation.end), 0),
          begun_adds_.until(observation.end) - removed};
}

SequentialLine::SequentialLine(const std::vector<Command>& commands, std::string sku, CheckOptions options)
    : commands_(commands), sku_(std::move(sku)), options_(options) {
  before_.emplace_back(std::set<LineState>{{}});
  for (const Command& command : commands_)
    before_.push_back(concerns(command, sku_) ? after(command, before_.back()) : before_.back());
}

bool SequentialLine::shows(const Command& command, const Observation& observation) const {
  if (command.outcome != Outcome::acknowledged) return false;
  if (&command == observation.answer_to) return true;
  return command.acknowledged_at <= observation.start &&
         answers_for(command.server, command.in_store, observation, options_);
}

SequentialLine::Possible SequentialLine::at(const Observation& observation) const {
  std::size_t first = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < commands_.size(); ++i) {
    if (shows(commands_[i], observation)) first = i + 1;
    if (commands_[i].start <= observation.end) last = i + 1;
  }
  std::set<LineState> possible;
  for (std::size_t i = first; i <= std::max(first, last); ++i) {
    if (!before_[i]) return std::nullopt;
    possible.insert(before_[i]->begin(), before_[i]->end());
  }
  return possible;
}

}  // namespace cartd::test
