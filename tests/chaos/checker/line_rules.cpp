#include "chaos/checker/line_rules.h"

#include <algorithm>
#include <utility>

namespace cartd::test {
namespace {

/// Whether a cartd's answer must show what a cartd acknowledged before it was asked: always what it acknowledged itself;
/// of others what the store has, as long as the store forgets nothing and was asked.
bool answers_for(int acknowledging, bool in_store, const Sight& sight, const CheckOptions& options) {
  if (sight.in_the_end || acknowledging == sight.server) return true;
  return in_store && !sight.degraded && !options.store_may_roll_back;
}

std::int64_t result_of(const Command& command, std::int64_t quantity) {
  switch (command.op) {
    case Op::add: return quantity + command.n;
    case Op::remove: return std::max<std::int64_t>(quantity - command.n, 0);
    case Op::set: return command.n;
    case Op::remove_line:
    case Op::clear:
    case Op::erase: return 0;
    case Op::read: break;
  }
  return quantity;
}

SequenceLine::Possible after(const Command& command, const SequenceLine::Possible& before) {
  if (command.outcome == Outcome::refused) return before;
  // What it set the line to was reckoned from what that cartd knew, and it did not know the line.
  if (is_absolute(command.op) && command.partial) return std::nullopt;
  if (is_absolute(command.op) && command.outcome == Outcome::acknowledged) return std::set{result_of(command, 0)};
  if (!before) return before;
  std::set<std::int64_t> possible;
  if (command.outcome == Outcome::unknown) possible = *before;
  for (const std::int64_t quantity : *before) possible.insert(result_of(command, quantity));
  return possible;
}

}  // namespace

void TallyLine::Timeline::sum_up() {
  std::sort(steps_.begin(), steps_.end());
  std::int64_t sum = 0;
  for (auto& [when, n] : steps_) n = sum += n;
}

std::int64_t TallyLine::Timeline::until(Moment when) const {
  const auto past = std::upper_bound(steps_.begin(), steps_.end(), when, [](Moment t, const auto& step) { return t < step.first; });
  return past == steps_.begin() ? 0 : std::prev(past)->second;
}

TallyLine::TallyLine(const std::vector<Command>& commands, const std::string& sku, CheckOptions options) : sku_(sku), options_(options) {
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

bool TallyLine::shows(const Place& place, const Sight& sight) const { return answers_for(place.first, place.second, sight, options_); }

TallyLine::Range TallyLine::at(const Sight& sight) const {
  std::int64_t added = 0;
  std::int64_t removed = 0;
  for (const auto& [place, sure] : sure_) {
    if (!shows(place, sight)) continue;
    added += sure.added.until(sight.start);
    removed += sure.removed.until(sight.start);
  }
  // Its own answer is the first to say that it is done.
  if (const Command* own = sight.answer_to; own && own->sku == sku_ && own->acknowledged_at > sight.start)
    (own->op == Op::add ? added : removed) += own->n;
  return {std::max<std::int64_t>(added - begun_removes_.until(sight.end), 0), begun_adds_.until(sight.end) - removed};
}

SequenceLine::SequenceLine(const std::vector<Command>& commands, std::string sku, CheckOptions options)
    : commands_(commands), sku_(std::move(sku)), options_(options) {
  before_.emplace_back(std::set<std::int64_t>{0});
  for (const Command& command : commands_) before_.push_back(concerns(command, sku_) ? after(command, before_.back()) : before_.back());
}

bool SequenceLine::shows(const Command& command, const Sight& sight) const {
  if (command.outcome != Outcome::acknowledged) return false;
  if (&command == sight.answer_to) return true;
  return command.acknowledged_at <= sight.start && answers_for(command.server, command.in_store, sight, options_);
}

SequenceLine::Possible SequenceLine::at(const Sight& sight) const {
  std::size_t first = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < commands_.size(); ++i) {
    if (shows(commands_[i], sight)) first = i + 1;
    if (commands_[i].start <= sight.end) last = i + 1;
  }
  std::set<std::int64_t> possible;
  for (std::size_t i = first; i <= std::max(first, last); ++i) {
    if (!before_[i]) return std::nullopt;
    possible.insert(before_[i]->begin(), before_[i]->end());
  }
  return possible;
}

}  // namespace cartd::test
