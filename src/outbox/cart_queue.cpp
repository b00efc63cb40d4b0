#include "outbox/cart_queue.h"

#include "runtime/defect.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cartd {

void CartQueue::accept(CommandId command_id, Change change, bool promised, bool possibly_done,
                       std::optional<Time> since) {
  waiting_.push_back({++last_number_, command_id, std::move(change), promised, since, possibly_done});
}

std::optional<CartQueue::Attempt> CartQueue::next() {
  if (under_way_ || waiting_.empty()) return std::nullopt;
  const Waiting& first = waiting_.front();
  under_way_ = first.command_id;
  enforcing_ = !first.promised;
  return Attempt{first.command_id, &first.change, retained_before(first.number), !first.promised, first.since};
}

// The newest of each producer that the store is known to have had, whichever it took last.
std::vector<AppliedSequence> CartQueue::retained_before(std::uint64_t number) const {
  std::vector<AppliedSequence> newest;
  newest.reserve(producers_.size());
  for (const auto& retained : producers_) {
    const ProducerId producer = retained.first;
    if (retained.second.newest < number) {
      newest.push_back({producer, retained.second.newest_sequence});
      continue;
    }
    const auto before = std::find_if(retained_.rbegin(), retained_.rend(), [&](const Retained& entry) {
      return entry.command_id.producer == producer && entry.number < number;
    });
    if (before != retained_.rend()) newest.push_back({producer, before->command_id.sequence});
  }
  return newest;
}

std::size_t CartQueue::report(Ending ending, WritePosition position) {
  ensure(under_way_.has_value(), "an answer belongs to an attempt that is under way");
  const auto entry = find(*under_way_);
  ensure(entry != waiting_.end(), "the change whose attempt is under way waits in its cart's queue");
  under_way_.reset();
  switch (ending) {
    case Ending::applied:
    case Ending::found_there:
      retain(std::move(*entry), position);
      waiting_.erase(entry);
      return 0;
    case Ending::refused:
      if (entry->promised && enforcing_) return 0;
      [[fallthrough]];
    case Ending::nothing_to_keep: waiting_.erase(entry); return 0;
    case Ending::key_taken: entry->change.idempotency.reset(); break;
    case Ending::outcome_unknown: entry->possibly_done = true; break;
    case Ending::rolled_back:
    case Ending::not_sent: break;
  }
  if (entry->withdrawn) waiting_.erase(entry);
  return ending == Ending::rolled_back ? keep_retained([](const Retained&) { return false; }) : 0;
}

bool CartQueue::withdraw(CommandId command_id) {
  const auto entry = find(command_id);
  if (entry == waiting_.end() || entry->promised) return false;
  if (under_way_ == command_id) {  // It is on the wire, and goes when its answer comes.
    entry->withdrawn = true;
    return true;
  }
  const bool perhaps = entry->possibly_done;
  waiting_.erase(entry);
  return perhaps;
}

void CartQueue::promise(CommandId command_id) {
  if (const auto entry = find(command_id); entry != waiting_.end()) entry->promised = true;
}

CartQueue::Standing CartQueue::standing(CommandId command_id) const {
  const auto entry = find(command_id);
  if (entry == waiting_.end()) return Standing::gone;
  return entry->possibly_done || under_way_ == command_id ? Standing::perhaps_done : Standing::surely_not_done;
}

bool CartQueue::owes() const {
  return std::any_of(waiting_.begin(), waiting_.end(), [](const Waiting& entry) { return entry.promised; });
}

bool CartQueue::is_promised(CommandId command_id) const {
  const auto entry = find(command_id);
  return entry != waiting_.end() && entry->promised;
}

bool CartQueue::is_resent(CommandId command_id) const {
  const auto entry = find(command_id);
  return entry != waiting_.end() && entry->resent;
}

std::optional<Change> CartQueue::take(CommandId command_id) {
  const auto entry = find(command_id);
  if (entry == waiting_.end()) return std::nullopt;
  ensure(under_way_ != command_id, "a change is not taken out of its cart's queue while an attempt at it is under way");
  Change change = std::move(entry->change);
  waiting_.erase(entry);
  return change;
}

std::size_t CartQueue::moved_to(std::uint64_t epoch) {
  if (owners_.empty() || (owners_.size() == 1 && owners_.contains(epoch))) return 0;
  // Perhaps nothing is lost.
  return keep_retained([&](const Retained& entry) { return entry.position.owner_epoch() == epoch; });
}

std::size_t CartQueue::shown(const std::vector<AppliedSequence>& applied_sequences) {
  const auto has = [&](CommandId command_id) {
    return std::any_of(applied_sequences.begin(), applied_sequences.end(), [&](const AppliedSequence& last) {
      return last.producer == command_id.producer && last.sequence >= command_id.sequence;
    });
  };
  if (std::all_of(producers_.begin(), producers_.end(), [&](const auto& producer) {
        return has({producer.first, producer.second.newest_sequence});
      }))
    return 0;
  return keep_retained([&](const Retained& entry) { return has(entry.command_id); });
}

// Keeps what `stays`; all others wait again.
template <class Stays>
std::size_t CartQueue::keep_retained(Stays stays) {
  std::size_t again = 0;
  owners_.clear();
  producers_.clear();
  for (Retained& entry : std::exchange(retained_, {})) {
    if (stays(entry)) {
      keep(retained_.end(), std::move(entry));
    } else {
      wait_again(std::move(entry));
      ++again;
    }
  }
  return again;
}

std::vector<CommandId> CartQueue::settle(std::uint64_t epoch, std::uint64_t durable_checkpoint) {
  std::vector<CommandId> settled;
  while (!retained_.empty() && retained_.front().position.epoch == epoch &&
         retained_.front().position.checkpoint <= durable_checkpoint) {
    settled.push_back(retained_.front().command_id);
    forget_oldest_retained();
  }
  return settled;
}

bool CartQueue::is_held_up(std::uint64_t epoch) const {
  if (retained_.empty() || retained_.front().position.epoch == epoch) return false;
  return std::any_of(retained_.begin(), retained_.end(),
                     [&](const Retained& entry) { return entry.position.epoch == epoch; });
}

std::optional<CommandId> CartQueue::drop_oldest_retained() {
  if (retained_.empty()) return std::nullopt;
  const CommandId command_id = retained_.front().command_id;
  forget_oldest_retained();
  return command_id;
}

std::optional<CommandId> CartQueue::oldest_waiting() const {
  return waiting_.empty() ? std::nullopt : std::optional(waiting_.front().command_id);
}

std::optional<std::uint64_t> CartQueue::owner() const {
  return retained_.empty() ? std::nullopt : std::optional(retained_.back().position.owner_epoch());
}

// What is asked for is mostly under way, or new.
CartQueue::WaitingList::const_iterator CartQueue::find(CommandId command_id) const {
  if (!waiting_.empty() && waiting_.front().command_id == command_id) return waiting_.begin();
  const auto found = std::find_if(waiting_.rbegin(), waiting_.rend(),
                                  [&](const Waiting& entry) { return entry.command_id == command_id; });
  return found == waiting_.rend() ? waiting_.end() : std::prev(found.base());
}

CartQueue::WaitingList::iterator CartQueue::find(CommandId command_id) {
  return waiting_.begin() + (std::as_const(*this).find(command_id) - waiting_.cbegin());
}

void CartQueue::wait_again(Retained entry) {
  const auto position =
      std::upper_bound(waiting_.begin(), waiting_.end(), entry.number,
                       [](std::uint64_t number, const Waiting& other) { return number < other.number; });
  waiting_.insert(
      position, Waiting{entry.number, entry.command_id, std::move(entry.change), true, entry.since, true, false, true});
}

// The store took this one behind the retained ones of its producer, so that its epoch has those too.
void CartQueue::retain(Waiting entry, WritePosition position) {
  const auto is_earlier = [&](const Retained& other) {
    return other.number < entry.number && other.command_id.producer == entry.command_id.producer;
  };
  const auto last = std::find_if(retained_.rbegin(), retained_.rend(), is_earlier);
  if (last != retained_.rend() && last->position.epoch != position.epoch) {
    for (Retained& earlier : retained_) {
      if (!is_earlier(earlier)) continue;
      count(earlier.position.owner_epoch(), -1);
      count(position.owner_epoch(), 1);
      earlier.position = position;
    }
  }
  const auto behind =
      std::upper_bound(retained_.begin(), retained_.end(), entry.number,
                       [](std::uint64_t number, const Retained& other) { return number < other.number; });
  keep(behind, Retained{entry.number, entry.command_id, std::move(entry.change), entry.since, position});
}

void CartQueue::keep(RetainedList::const_iterator behind, Retained entry) {
  count(entry.position.owner_epoch(), 1);
  RetainedOfProducer& of_producer = producers_[entry.command_id.producer];
  ++of_producer.count;
  if (entry.number > of_producer.newest) of_producer = {of_producer.count, entry.number, entry.command_id.sequence};
  retained_.insert(behind, std::move(entry));
}

void CartQueue::forget_oldest_retained() {
  const Retained& oldest = retained_.front();
  count(oldest.position.owner_epoch(), -1);
  const auto of_producer = producers_.find(oldest.command_id.producer);
  ensure(of_producer != producers_.end() && of_producer->second.count > 0,
         "each retained change is counted under its producer");
  if (--of_producer->second.count == 0) producers_.erase(of_producer);
  retained_.pop_front();
}

void CartQueue::count(std::uint64_t owner, std::ptrdiff_t more) {
  std::size_t& retained = owners_[owner];
  ensure(more > 0 || retained > 0, "each retained change is counted under its owner");
  retained += static_cast<std::size_t>(more);
  if (retained == 0) owners_.erase(owner);
}

}  // namespace cartd
