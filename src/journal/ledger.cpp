#include "journal/ledger.h"

namespace cartd::journal {
namespace {

std::pair<std::uint64_t, ProducerId> by_age(CommandId command_id) { return {command_id.sequence, command_id.producer}; }
std::pair<ProducerId, std::uint64_t> by_producer(CommandId command_id) {
  return {command_id.producer, command_id.sequence};
}

Error not_there() { return Error{Errc::not_found, "the journal has no such record"}; }

}  // namespace

Error full() { return Error{Errc::journal_full, "the journal has reached --max-journal; nothing was changed"}; }

bool Ledger::is_full() const {
  const std::uint64_t entries = live_.size() + dead_.size();
  const std::uint64_t average = entries == 0 ? 0 : bytes_ / entries;
  return bytes_ > max_bytes_ - max_bytes_ / 16 || bytes_ + average > max_bytes_;
}

void Ledger::recover(const Contents& contents) {
  for (const auto& [record, bytes] : contents.records) {
    live_.emplace(by_age(record.command_id), Live{bytes, record.accepted});
    bytes_ += bytes;
  }
  for (const auto& [letter, bytes] : contents.dead_letters) {
    dead_.emplace(by_producer(letter.record.command_id), Dead{std::make_shared<const DeadLetter>(letter), bytes});
    bytes_ += bytes;
  }
}

struct Ledger::Apply {
  Ledger& ledger;
  Edits& edits;

  Result<void> operator()(Append& append) const { return ledger.append(std::move(append), 0, edits); }

  Result<void> operator()(const Accept& accept) const {
    const auto live = ledger.live_.find(by_age(accept.command_id));
    if (live == ledger.live_.end()) return not_there();
    // Written even when it was accepted before: that may not have been synced.
    live->second.accepted = true;
    edits.push_back({key_of(Kind::acceptance, accept.command_id), std::string()});
    return {};
  }

  Result<void> operator()(const Forget& forget) const {
    for (const CommandId command_id : forget.command_ids) ledger.forget(command_id, edits);
    return {};
  }

  Result<void> operator()(Bury& bury) const {
    const CommandId command_id = bury.letter.record.command_id;
    ledger.forget(command_id, edits);
    const std::size_t bytes = bury.entry.bytes();
    auto letter = std::make_shared<const DeadLetter>(std::move(bury.letter));
    if (!ledger.dead_.emplace(by_producer(command_id), Dead{std::move(letter), bytes}).second) return {};
    ledger.bytes_ += bytes;
    edits.push_back({std::move(bury.entry.key), std::move(bury.entry.value)});
    return {};
  }

  Result<void> operator()(const Drop& drop) const {
    if (!ledger.dead_.contains(by_producer(drop.command_id))) return not_there();
    ledger.take_dead(drop.command_id, edits);
    return {};
  }

  Result<void> operator()(Revive& revive) const {
    const auto dead = ledger.dead_.find(by_producer(revive.dead));
    if (dead == ledger.dead_.end()) return not_there();
    if (auto appended = ledger.append(std::move(revive.renewed), dead->second.bytes, edits); !appended) return appended;
    ledger.take_dead(revive.dead, edits);
    return {};
  }
};

Result<void> Ledger::apply(Operation operation, Edits& edits) { return std::visit(Apply{*this, edits}, operation); }

Result<void> Ledger::append(Append operation, std::uint64_t bytes_that_leave, Edits& edits) {
  const std::size_t bytes = operation.entry.bytes();
  if (bytes_ - bytes_that_leave + bytes > max_bytes_) return full();
  if (!live_.emplace(by_age(operation.command_id), Live{bytes, operation.accepted}).second)
    return Error{Errc::invalid, "the journal has a record with this id"};
  bytes_ += bytes;
  group_appended_.push_back(operation.command_id);
  if (operation.accepted) edits.push_back({key_of(Kind::acceptance, operation.command_id), std::string()});
  edits.push_back({std::move(operation.entry.key), std::move(operation.entry.value)});
  return {};
}

void Ledger::forget(CommandId command_id, Edits& edits) {
  const auto live = live_.find(by_age(command_id));
  if (live == live_.end()) return;
  edits.push_back({key_of(Kind::record, command_id), std::nullopt});
  if (live->second.accepted) edits.push_back({key_of(Kind::acceptance, command_id), std::nullopt});
  bytes_ -= live->second.bytes;
  live_.erase(live);
}

void Ledger::take_dead(CommandId command_id, Edits& edits) {
  const auto dead = dead_.find(by_producer(command_id));
  edits.push_back({key_of(Kind::dead_letter, command_id), std::nullopt});
  bytes_ -= dead->second.bytes;
  group_taken_.emplace_back(dead->first, std::move(dead->second));
  dead_.erase(dead);
}

void Ledger::keep_group() {
  group_appended_.clear();
  group_taken_.clear();
}

void Ledger::undo_group() {
  Edits not_written;
  for (const CommandId command_id : group_appended_) forget(command_id, not_written);
  for (auto& [key, dead] : group_taken_) {
    // Buried again in the same group, it is there already.
    const auto [place, inserted] = dead_.try_emplace(key, std::move(dead));
    if (inserted) bytes_ += place->second.bytes;
  }
  keep_group();
}

std::optional<Edits> Ledger::repair(const std::set<std::string>& keys_on_disk) const {
  std::set<std::string> wanted;
  Edits edits;
  for (const auto& [age, live] : live_) {
    const CommandId command_id{age.second, age.first};
    if (!keys_on_disk.contains(*wanted.insert(key_of(Kind::record, command_id)).first)) return std::nullopt;
    if (!live.accepted) continue;
    const std::string& key = *wanted.insert(key_of(Kind::acceptance, command_id)).first;
    if (!keys_on_disk.contains(key)) edits.push_back({key, std::string()});
  }
  for (const auto& [command_id, dead] : dead_) {
    Entry entry = entry_of(*dead.letter);
    wanted.insert(entry.key);
    if (!keys_on_disk.contains(entry.key)) edits.push_back({std::move(entry.key), std::move(entry.value)});
  }
  for (const std::string& key : keys_on_disk) {
    if (!wanted.contains(key)) edits.push_back({key, std::nullopt});
  }
  return edits;
}

std::vector<std::shared_ptr<const DeadLetter>> Ledger::dead_letters(std::optional<CommandId> after,
                                                                    std::size_t limit) const {
  std::vector<std::shared_ptr<const DeadLetter>> letters;
  for (auto next = after ? dead_.upper_bound(by_producer(*after)) : dead_.begin();
       next != dead_.end() && letters.size() < limit; ++next)
    letters.push_back(next->second.letter);
  return letters;
}

std::shared_ptr<const DeadLetter> Ledger::dead_letter(CommandId command_id) const {
  const auto dead = dead_.find(by_producer(command_id));
  return dead == dead_.end() ? nullptr : dead->second.letter;
}

}  // namespace cartd::journal
