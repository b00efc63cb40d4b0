#include "outbox/core/cart_queue.h"

#include "runtime/defect.h"

#include <algorithm>
#include <iterator>
#include <variant>

namespace cartd {

void CartQueue::accept(CommandId command_id, Change change, bool acknowledged, bool possibly_done,
                       std::optional<Time> since) {
  waiting_.push_back({++last_number_, command_id, std::move(change), acknowledged, possibly_done, since});
}

// The bytes that a change adds to a request to the store, roughly.
std::size_t CartQueue::weight(const Change& change) {
  constexpr std::size_t of_a_command = 64;
  if (const auto* annotate = std::get_if<Annotate>(&change.command))
    return of_a_command + (annotate->metadata ? annotate->metadata->size() : 0);
  const auto* batch = std::get_if<Batch>(&change.command);
  std::size_t bytes = of_a_command;
  if (!batch) return bytes;
  for (const LineCommand& line : batch->commands) {
    bytes += of_a_command;
    const LineDetails* details = nullptr;
    if (const auto* add = std::get_if<Add>(&line); add && add->details) details = &*add->details;
    if (const auto* set = std::get_if<Set>(&line); set && set->details) details = &*set->details;
    if (details) bytes += details->name.size() + details->metadata.size();
  }
  return bytes;
}

CartQueue::Attempt CartQueue::begin_attempt(Entry& entry) {
  entry.under_way = true;
  entry.judging = !entry.acknowledged;
  ++under_way_;
  return {entry.command_id, &entry.change, unconfirmed_before(entry.number), !entry.acknowledged, entry.since};
}

void CartQueue::end_attempt(Entry& entry) {
  ensure(entry.under_way && under_way_ > 0, "an answer belongs to an attempt that is under way");
  entry.under_way = false;
  --under_way_;
}

// The newest of each producer that the store is known to have had, whichever it took last.
std::vector<AppliedSequence> CartQueue::unconfirmed_before(std::uint64_t number) const {
  std::vector<AppliedSequence> newest;
  newest.reserve(producers_.size());
  for (const UnconfirmedOfProducer& unconfirmed : producers_) {
    if (unconfirmed.newest < number) {
      newest.push_back({unconfirmed.producer, unconfirmed.newest_sequence});
      continue;
    }
    const auto before = std::find_if(unconfirmed_.rbegin(), unconfirmed_.rend(), [&](const Entry& entry) {
      return entry.command_id.producer == unconfirmed.producer && entry.number < number;
    });
    if (before != unconfirmed_.rend()) newest.push_back({unconfirmed.producer, before->command_id.sequence});
  }
  return newest;
}

std::size_t CartQueue::report(CommandId command_id, Ending ending, WritePosition position) {
  const auto entry = find(command_id);
  ensure(entry != waiting_.end(), "a change whose attempt is under way waits in its cart's queue");
  end_attempt(*entry);
  switch (ending) {
    case Ending::applied:
    case Ending::found_there: take_over(entry, position); return 0;
    case Ending::refused:
      if (entry->acknowledged && entry->judging) return 0;
      [[fallthrough]];
    case Ending::nothing_to_keep: waiting_.erase(entry); return 0;
    case Ending::key_taken: entry->change.idempotency.reset(); break;
    case Ending::outcome_unknown: entry->possibly_done = true; break;
    case Ending::rolled_back:
    case Ending::not_sent: break;
  }
  if (entry->withdrawn) waiting_.erase(entry);
  return ending == Ending::rolled_back ? keep_unconfirmed([](const Entry&) { return false; }) : 0;
}

bool CartQueue::withdraw(CommandId command_id) {
  const auto entry = find(command_id);
  if (entry == waiting_.end() || entry->acknowledged) return false;
  if (entry->under_way) {  // It is on the wire, and goes when its answer comes.
    entry->withdrawn = true;
    return true;
  }
  const bool perhaps = entry->possibly_done;
  waiting_.erase(entry);
  return perhaps;
}

void CartQueue::acknowledge(CommandId command_id) {
  if (const auto entry = find(command_id); entry != waiting_.end()) entry->acknowledged = true;
}

CartQueue::Standing CartQueue::standing(CommandId command_id) const {
  const auto entry = find(command_id);
  if (entry == waiting_.end()) return Standing::gone;
  return entry->possibly_done || entry->under_way ? Standing::perhaps_done : Standing::surely_not_done;
}

bool CartQueue::has_unapplied_acknowledgements() const {
  return std::any_of(waiting_.begin(), waiting_.end(), [](const Entry& entry) { return entry.acknowledged; });
}

bool CartQueue::is_acknowledged(CommandId command_id) const {
  const auto entry = find(command_id);
  return entry != waiting_.end() && entry->acknowledged;
}

bool CartQueue::is_under_way(CommandId command_id) const {
  const auto entry = find(command_id);
  return entry != waiting_.end() && entry->under_way;
}

bool CartQueue::is_resent(CommandId command_id) const {
  const auto entry = find(command_id);
  return entry != waiting_.end() && entry->resent;
}

std::optional<Change> CartQueue::take(CommandId command_id) {
  const auto entry = find(command_id);
  if (entry == waiting_.end()) return std::nullopt;
  ensure(!entry->under_way, "a change is not taken out of its cart's queue while an attempt at it is under way");
  Change change = std::move(entry->change);
  waiting_.erase(entry);
  return change;
}

std::size_t CartQueue::moved_to(std::uint64_t epoch) {
  if (owners_.empty() || (owners_.size() == 1 && owners_.front().owner == epoch)) return 0;
  // Perhaps nothing is lost.
  return keep_unconfirmed([&](const Entry& entry) { return entry.position.owner_epoch() == epoch; });
}

std::size_t CartQueue::shown(const std::vector<AppliedSequence>& applied_sequences) {
  const auto has = [&](ProducerId producer, std::uint64_t sequence) {
    return std::any_of(applied_sequences.begin(), applied_sequences.end(), [&](const AppliedSequence& last) {
      return last.producer == producer && last.sequence >= sequence;
    });
  };
  if (std::all_of(producers_.begin(), producers_.end(),
                  [&](const auto& one) { return has(one.producer, one.newest_sequence); }))
    return 0;
  return keep_unconfirmed(
      [&](const Entry& entry) { return has(entry.command_id.producer, entry.command_id.sequence); });
}

// Keeps what `stays`; all others wait again.
template <class Stays>
std::size_t CartQueue::keep_unconfirmed(Stays stays) {
  std::size_t again = 0;
  owners_.clear();
  producers_.clear();
  Entries all = std::exchange(unconfirmed_, {});
  while (!all.empty()) {
    if (stays(all.front())) {
      keep(all, all.begin());
    } else {
      wait_again(all, all.begin());
      ++again;
    }
  }
  return again;
}

std::vector<CommandId> CartQueue::release(std::uint64_t epoch, std::uint64_t durable_checkpoint) {
  std::vector<CommandId> released;
  while (!unconfirmed_.empty() && unconfirmed_.front().position.epoch == epoch &&
         unconfirmed_.front().position.checkpoint <= durable_checkpoint) {
    released.push_back(unconfirmed_.front().command_id);
    release_oldest();
  }
  return released;
}

bool CartQueue::is_held_up(std::uint64_t epoch) const {
  if (unconfirmed_.empty() || unconfirmed_.front().position.epoch == epoch) return false;
  return std::any_of(unconfirmed_.begin(), unconfirmed_.end(),
                     [&](const Entry& entry) { return entry.position.epoch == epoch; });
}

std::optional<CommandId> CartQueue::drop_oldest_unconfirmed() {
  if (unconfirmed_.empty()) return std::nullopt;
  const CommandId command_id = unconfirmed_.front().command_id;
  release_oldest();
  return command_id;
}

std::optional<std::uint64_t> CartQueue::owner() const {
  return unconfirmed_.empty() ? std::nullopt : std::optional(unconfirmed_.back().position.owner_epoch());
}

// The change asked for is mostly under way, or new.
CartQueue::Entries::iterator CartQueue::find(CommandId command_id) {
  if (!waiting_.empty() && waiting_.front().command_id == command_id) return waiting_.begin();
  const auto found = std::find_if(waiting_.rbegin(), waiting_.rend(),
                                  [&](const Entry& entry) { return entry.command_id == command_id; });
  return found == waiting_.rend() ? waiting_.end() : std::prev(found.base());
}

CartQueue::Entries::const_iterator CartQueue::find(CommandId command_id) const {
  if (!waiting_.empty() && waiting_.front().command_id == command_id) return waiting_.begin();
  const auto found = std::find_if(waiting_.rbegin(), waiting_.rend(),
                                  [&](const Entry& entry) { return entry.command_id == command_id; });
  return found == waiting_.rend() ? waiting_.end() : std::prev(found.base());
}

void CartQueue::wait_again(Entries& from, Entries::iterator entry) {
  entry->acknowledged = true;
  entry->possibly_done = true;
  entry->resent = true;
  const auto behind =
      std::find_if(waiting_.begin(), waiting_.end(), [&](const Entry& other) { return other.number > entry->number; });
  waiting_.splice(behind, from, entry);
}

// The store took this one behind the unconfirmed ones of its producer, so that its epoch has those too.
void CartQueue::take_over(Entries::iterator entry, WritePosition position) {
  const auto is_earlier = [&](const Entry& other) {
    return other.number < entry->number && other.command_id.producer == entry->command_id.producer;
  };
  const auto last = std::find_if(unconfirmed_.rbegin(), unconfirmed_.rend(), is_earlier);
  if (last != unconfirmed_.rend() && last->position.epoch != position.epoch) {
    for (Entry& earlier : unconfirmed_) {
      if (!is_earlier(earlier)) continue;
      count(earlier.position.owner_epoch(), -1);
      count(position.owner_epoch(), 1);
      earlier.position = position;
    }
  }
  entry->position = position;
  keep(waiting_, entry);
}

void CartQueue::keep(Entries& from, Entries::iterator entry) {
  count(entry->position.owner_epoch(), 1);
  const ProducerId producer = entry->command_id.producer;
  auto of_producer =
      std::find_if(producers_.begin(), producers_.end(), [&](const auto& one) { return one.producer == producer; });
  if (of_producer == producers_.end())
    of_producer = producers_.insert(producers_.end(), UnconfirmedOfProducer{producer});
  ++of_producer->count;
  if (entry->number > of_producer->newest) {
    of_producer->newest = entry->number;
    of_producer->newest_sequence = entry->command_id.sequence;
  }
  const auto before = std::find_if(unconfirmed_.rbegin(), unconfirmed_.rend(),
                                   [&](const Entry& other) { return other.number < entry->number; });
  unconfirmed_.splice(before.base(), from, entry);
}

void CartQueue::release_oldest() {
  const Entry& oldest = unconfirmed_.front();
  count(oldest.position.owner_epoch(), -1);
  const auto of_producer = std::find_if(producers_.begin(), producers_.end(),
                                        [&](const auto& one) { return one.producer == oldest.command_id.producer; });
  ensure(of_producer != producers_.end() && of_producer->count > 0,
         "each unconfirmed change is counted under its producer");
  if (--of_producer->count == 0) producers_.erase(of_producer);
  unconfirmed_.pop_front();
}

void CartQueue::count(std::uint64_t owner, std::ptrdiff_t more) {
  auto of_owner = std::find_if(owners_.begin(), owners_.end(), [&](const auto& one) { return one.owner == owner; });
  if (of_owner == owners_.end()) of_owner = owners_.insert(owners_.end(), UnconfirmedOfOwner{owner});
  ensure(more > 0 || of_owner->count > 0, "each unconfirmed change is counted under its owner");
  of_owner->count += static_cast<std::size_t>(more);
  if (of_owner->count == 0) owners_.erase(of_owner);
}

}  // namespace cartd
