#include "journal/ledger.h"

#include <algorithm>
#include <chrono>

namespace cartd::journal {
namespace {

// So many producers are remembered at most; of others nobody knows that they are dead.
constexpr std::size_t max_producers = 4096;

Error not_there() { return Error{Errc::not_found, "the journal has no such record"}; }

std::pair<ProducerId, std::uint64_t> by_producer(CommandId command_id) {
  return {command_id.producer, command_id.sequence};
}

Position position_of(std::uint64_t segment, const Frame& frame) { return {segment, frame.offset, frame.bytes}; }

Position add(Group& group, std::string_view framed) {
  const std::uint32_t offset = group.add(framed);
  return {group.segment(), offset, static_cast<std::uint32_t>(framed.size())};
}

}  // namespace

Error full() { return Error{Errc::journal_full, "the journal has reached --max-journal; nothing was changed"}; }

bool Ledger::is_full() const {
  const std::uint64_t entries = live_.size() + dead_.size();
  const std::uint64_t average = entries == 0 ? 0 : bytes_ / entries;
  return bytes_ > max_bytes_ - max_bytes_ / 16 || bytes_ + average > max_bytes_;
}

std::optional<std::string> Ledger::replay(std::uint64_t segment, const Frame& frame) {
  switch (frame.kind) {
    case Kind::record:
    case Kind::dead_letter: {
      const auto head = read_head(frame);
      if (!head) return head.error();
      // A record may have been copied, and may have become a dead letter.
      const auto before = live_.find(head->command_id);
      remove_live(head->command_id);
      if (frame.kind == Kind::dead_letter) {
        take_dead(head->command_id);
        put_dead(head->command_id, position_of(segment, frame));
      } else {
        live_.add(head->command_id, position_of(segment, frame), head->accepted || (before && before->accepted));
        bytes_ += frame.bytes;
      }
      return std::nullopt;
    }
    case Kind::acceptance:
    case Kind::drop: {
      const auto head = read_head(frame);
      if (!head) return head.error();
      // What it speaks of may have left since, with its segment.
      if (frame.kind == Kind::acceptance) live_.accept(head->command_id);
      else take_dead(head->command_id);
      return std::nullopt;
    }
    case Kind::release: {
      const auto command_ids = read_release(frame);
      if (!command_ids) return command_ids.error();
      for (const CommandId command_id : *command_ids) remove_live(command_id);
      return std::nullopt;
    }
    case Kind::producers: {
      const auto known = read_producers(frame);
      if (!known) return known.error();
      for (const KnownProducer& one : *known) producers_[one.producer] = one.dead_since;
      return std::nullopt;
    }
  }
  return "a record is of a kind that this version does not know";
}

void Ledger::begin_process(Time now, Time forgotten) {
  for (auto& [producer, dead_since] : producers_) {
    if (dead_since == 0) dead_since = std::max<std::int64_t>(1, now.time_since_epoch().count());
  }
  std::erase_if(producers_, [&](const auto& known) { return Time(Millis(known.second)) < forgotten; });
  lingering_.clear();
  for (const auto& [producer, dead_since] : producers_) {
    if (live_.has_any_of(producer)) lingering_.insert(producer);
  }
}

void Ledger::note_synced() {
  if (has_backlog()) return;
  std::erase_if(lingering_, [this](ProducerId producer) { return !live_.has_any_of(producer); });
}

struct Ledger::Apply {
  Ledger& ledger;
  Group& group;

  Result<void> operator()(Append& append) const { return ledger.append(append, 0, group); }

  Result<void> operator()(const Accept& accept) const {
    // Written even when it was accepted before: that may not have been synced.
    if (!ledger.live_.accept(accept.command_id)) return not_there();
    group.add(encode(Kind::acceptance, accept.command_id));
    return {};
  }

  Result<void> operator()(Release& release) const {
    std::erase_if(release.command_ids, [this](const CommandId& command_id) { return !ledger.remove_live(command_id); });
    if (!release.command_ids.empty()) group.add(encode_release(release.command_ids));
    return {};
  }

  Result<void> operator()(const KeepDeadLetter& keep) const {
    if (ledger.dead_.contains(by_producer(keep.command_id))) {
      if (ledger.remove_live(keep.command_id)) group.add(encode_release({keep.command_id}));
      return {};
    }
    ledger.remove_live(keep.command_id);
    ledger.put_dead(keep.command_id, add(group, keep.framed));
    return {};
  }

  Result<void> operator()(const Drop& drop) const {
    const auto dead = ledger.take_dead(drop.command_id);
    if (!dead) return not_there();
    ledger.group_taken_.emplace_back(drop.command_id, *dead);
    group.add(encode(Kind::drop, drop.command_id));
    return {};
  }

  Result<void> operator()(Revive& revive) const {
    const auto dead = ledger.dead_.find(by_producer(revive.dead));
    if (dead == ledger.dead_.end()) return not_there();
    if (auto appended = ledger.append(revive.renewed, dead->second.bytes, group); !appended) return appended;
    return (*this)(Drop{revive.dead});
  }
};

Result<void> Ledger::apply(Operation operation, Group& group) { return std::visit(Apply{*this, group}, operation); }

Result<void> Ledger::append(Append& operation, std::uint64_t bytes_that_leave, Group& group) {
  const std::size_t bytes = operation.framed.size();
  if (bytes_ - bytes_that_leave + bytes > max_bytes_) return full();
  if (live_.find(operation.command_id) || dead_.contains(by_producer(operation.command_id)))
    return Error{Errc::invalid, "the journal has a record with this command id"};
  meet(operation.command_id.producer, group);
  live_.add(operation.command_id, add(group, operation.framed), operation.accepted);
  bytes_ += bytes;
  group_appended_.push_back(operation.command_id);
  return {};
}

void Ledger::meet(ProducerId producer, Group& group) {
  if (producers_.contains(producer) || producers_.size() >= max_producers) return;
  producers_.emplace(producer, 0);
  group.add(encode(std::vector<KnownProducer>{{producer, 0}}));
}

bool Ledger::remove_live(CommandId command_id) {
  const auto removed = live_.remove(command_id);
  if (removed) bytes_ -= removed->position.bytes;
  return removed.has_value();
}

void Ledger::put_dead(CommandId command_id, Position position) {
  dead_.emplace(by_producer(command_id), position);
  ++dead_segments_[position.segment];
  bytes_ += position.bytes;
}

std::optional<Position> Ledger::take_dead(CommandId command_id) {
  const auto dead = dead_.find(by_producer(command_id));
  if (dead == dead_.end()) return std::nullopt;
  const Position position = dead->second;
  dead_.erase(dead);
  bytes_ -= position.bytes;
  const auto segment = dead_segments_.find(position.segment);
  if (--segment->second == 0) dead_segments_.erase(segment);
  return position;
}

void Ledger::keep_group() {
  group_appended_.clear();
  group_taken_.clear();
}

void Ledger::undo_group(const Group& group) {
  for (const CommandId command_id : group_appended_) remove_live(command_id);
  for (const auto& [command_id, position] : group_taken_) {
    // Dead again in the same group, it is there already.
    if (!dead_.contains(by_producer(command_id))) put_dead(command_id, position);
  }
  group.for_each([&](const Frame& frame) {
    if (frame.kind != Kind::acceptance && frame.kind != Kind::release && frame.kind != Kind::dead_letter) return;
    backlog_.push_back(cartd::journal::frame(frame.kind, frame.payload));
    if (frame.kind != Kind::dead_letter) return;
    const CommandId command_id = read_head(frame)->command_id;
    const Position position = position_of(group.segment(), frame);
    if (!is_dead_at(command_id, position)) return;
    take_dead(command_id);
    put_dead(command_id, {0, 0, position.bytes});
  });
  keep_group();
}

void Ledger::begin_segment(Group& group) {
  std::vector<KnownProducer> known;
  for (const auto& [producer, dead_since] : producers_) known.push_back({producer, dead_since});
  if (!known.empty()) group.add(encode(known));

  const std::vector<std::string> backlog = std::exchange(backlog_, {});
  for (const std::string& framed : backlog) {
    const Position position = add(group, framed);
    if (static_cast<Kind>(framed[8]) != Kind::dead_letter) continue;
    const CommandId command_id = read_head(*read_frame(framed, 0))->command_id;
    if (!is_dead_at(command_id, {0, 0, position.bytes})) continue;
    take_dead(command_id);
    put_dead(command_id, position);
  }
}

std::uint64_t Ledger::oldest_segment(std::uint64_t newest) const {
  std::uint64_t oldest = live_.oldest_segment().value_or(newest);
  for (const auto& [segment, letters] : dead_segments_) {
    if (segment != 0) return std::min(oldest, segment);
  }
  return oldest;
}

std::optional<bool> Ledger::is_live_at(CommandId command_id, const Position& position) const {
  const auto found = live_.find(command_id);
  if (!found || found->position != position) return std::nullopt;
  return found->accepted;
}

bool Ledger::is_dead_at(CommandId command_id, const Position& position) const {
  const auto dead = dead_.find(by_producer(command_id));
  return dead != dead_.end() && dead->second == position;
}

std::optional<Copied> Ledger::copy(std::uint64_t segment, const Frame& frame, Group& group) const {
  if (frame.kind != Kind::record && frame.kind != Kind::dead_letter) return std::nullopt;
  const auto head = read_head(frame);
  if (!head) return std::nullopt;
  const Position from = position_of(segment, frame);
  if (frame.kind == Kind::dead_letter) {
    if (!is_dead_at(head->command_id, from)) return std::nullopt;
    return Copied{frame.kind, head->command_id, from, add(group, cartd::journal::frame(frame.kind, frame.payload))};
  }
  const auto live = is_live_at(head->command_id, from);
  if (!live) return std::nullopt;
  return Copied{frame.kind, head->command_id, from,
                add(group, *live ? accepted(frame) : cartd::journal::frame(frame.kind, frame.payload))};
}

void Ledger::moved(const Copied& copied) {
  if (copied.kind == Kind::dead_letter) {
    take_dead(copied.command_id);
    put_dead(copied.command_id, copied.to);
  } else if (const auto before = live_.remove(copied.command_id)) {
    live_.add(copied.command_id, copied.to, before->accepted);
  }
}

StoredLetter Ledger::stored(CommandId command_id, const Position& position) const {
  if (position.segment != 0) return {command_id, position, {}};
  for (const std::string& framed : backlog_) {
    if (static_cast<Kind>(framed[8]) == Kind::dead_letter &&
        read_head(*read_frame(framed, 0))->command_id == command_id)
      return {command_id, position, framed};
  }
  return {command_id, position, {}};
}

std::vector<StoredLetter> Ledger::dead_letters(std::optional<CommandId> after, std::size_t limit) const {
  std::vector<StoredLetter> letters;
  for (auto next = after ? dead_.upper_bound(by_producer(*after)) : dead_.begin();
       next != dead_.end() && letters.size() < limit; ++next)
    letters.push_back(stored({next->first.first, next->first.second}, next->second));
  return letters;
}

std::optional<StoredLetter> Ledger::dead_letter(CommandId command_id) const {
  const auto dead = dead_.find(by_producer(command_id));
  if (dead == dead_.end()) return std::nullopt;
  return stored(command_id, dead->second);
}

std::vector<ProducerId> Ledger::dead_producers(Time since) const {
  std::vector<ProducerId> dead;
  for (const auto& [producer, dead_since] : producers_) {
    if (dead_since != 0 && Time(Millis(dead_since)) <= since && !lingering_.contains(producer))
      dead.push_back(producer);
  }
  return dead;
}

}  // namespace cartd::journal
