#include "outbox/core/cart_queue.h"

#include "runtime/defect.h"
#include "store/footprint.h"

#include <algorithm>
#include <iterator>
#include <variant>

namespace cartd {

namespace {

struct WeightOfDetails {
  std::size_t operator()(const Add& add) const { return of(add.details); }
  std::size_t operator()(const Set& set) const { return of(set.details); }
  std::size_t operator()(const Describe& describe) const { return of(describe.details); }
  std::size_t operator()(const auto&) const { return 0; }

 private:
  static std::size_t of(const DetailsPatch& details) {
    const std::size_t name = details.name ? details.name->size() : 0;
    return name + (details.metadata ? details.metadata->size() : 0) + details.options.size();
  }
};

// The bytes that a change adds to a request to the store, roughly.
std::size_t weight_of(const Change& change) {
  constexpr std::size_t of_a_command = 64;
  if (const auto* annotate = std::get_if<Annotate>(&change.command))
    return of_a_command + (annotate->metadata ? annotate->metadata->size() : 0);
  if (const auto* begin = std::get_if<BeginCheckout>(&change.command))
    return of_a_command * (1 + begin->offers.size()) + begin->metadata.size();
  if (const auto* complete = std::get_if<CompleteCheckout>(&change.command))
    return of_a_command + footprint(*complete->checkout);
  if (const auto* take = std::get_if<TakeTransfer>(&change.command)) return of_a_command + footprint(*take->transfer);
  const auto* batch = std::get_if<Batch>(&change.command);
  std::size_t bytes = of_a_command;
  if (!batch) return bytes;
  for (const LineCommand& line : batch->commands) bytes += of_a_command + std::visit(WeightOfDetails{}, line);
  return bytes;
}

// An entry in its list's node, without what its change takes apart.
const std::size_t entry_bytes = allocated(sizeof(CartQueue::Entry) + 2 * sizeof(void*));

}  // namespace

template <class What>
decltype(auto) CartQueue::with_change(Entry& entry, What what) {
  struct Recount {
    ~Recount() { bytes += change.bytes(); }
    std::size_t& bytes;
    const KeptChange& change;
  };
  bytes_ -= entry.change.bytes();
  const Recount recount{bytes_, entry.change};
  return what(entry.change);
}

void CartQueue::accept(CommandId command_id, Change change, bool acknowledged, bool possibly_done,
                       std::optional<Time> since) {
  const auto weight = static_cast<std::uint32_t>(weight_of(change));
  Entry& entry = waiting_.emplace_back(Entry{.number = ++last_number_,
                                             .command_id = command_id,
                                             .change = KeptChange(std::move(change)),
                                             .since = since.value_or(Time::min()),
                                             .weight = weight,
                                             .acknowledged = acknowledged,
                                             .possibly_done = possibly_done});
  bytes_ += entry_bytes + entry.change.bytes();
  if (!acknowledged) ++unacknowledged_;
  if (acknowledged || possibly_done) with_change(entry, [](KeptChange& kept) { kept.pack(); });
}

void CartQueue::drop(Entries& from, Entries::iterator entry) {
  bytes_ -= entry_bytes + entry->change.bytes();
  if (&from == &waiting_ && !entry->acknowledged) --unacknowledged_;
  from.erase(entry);
}

void CartQueue::set_acknowledged(Entry& entry) {
  if (!entry.acknowledged) --unacknowledged_;
  entry.acknowledged = true;
}

CartQueue::Attempt CartQueue::begin_attempt(Entry& entry) {
  entry.under_way = true;
  entry.judging = !entry.acknowledged;
  ++under_way_;
  const Change& change = with_change(entry, [](KeptChange& kept) -> Change& { return kept.value(); });
  const std::optional<Time> since = entry.since == Time::min() ? std::nullopt : std::optional(entry.since);
  return {entry.command_id, &change, unconfirmed_before(entry.number), !entry.acknowledged, since};
}

void CartQueue::end_attempt(Entry& entry) {
  ensure(entry.under_way && under_way_ > 0, "an answer belongs to an attempt that is under way");
  entry.under_way = false;
  --under_way_;
}

// The newest of each producer that the store is known to have had, whichever it took last.
std::vector<AppliedSequence> CartQueue::unconfirmed_before(std::uint64_t number) const {
  std::vector<AppliedSequence> newest;
  for_each_producer([&](const UnconfirmedOfProducer& unconfirmed) {
    if (unconfirmed.newest < number) {
      newest.push_back({unconfirmed.producer, unconfirmed.newest_sequence});
      return;
    }
    const auto before = std::find_if(unconfirmed_.rbegin(), unconfirmed_.rend(), [&](const Entry& entry) {
      return entry.command_id.producer == unconfirmed.producer && entry.number < number;
    });
    if (before != unconfirmed_.rend()) newest.push_back({unconfirmed.producer, before->command_id.sequence});
  });
  return newest;
}

std::size_t CartQueue::report(CommandId command_id, Ending ending, WritePosition position) {
  const auto entry = find(command_id);
  ensure(entry != waiting_.end(), "a change whose attempt is under way waits in its cart's queue");
  end_attempt(*entry);
  switch (ending) {
    case Ending::applied:
    case Ending::found_there:
      with_change(*entry, [](KeptChange& kept) { kept.pack(); });
      take_over(entry, position);
      return 0;
    case Ending::refused:
      if (entry->acknowledged && entry->judging) break;
      [[fallthrough]];
    case Ending::nothing_to_keep: drop(waiting_, entry); return 0;
    case Ending::key_taken: with_change(*entry, [](KeptChange& kept) { kept.value().idempotency.reset(); }); break;
    case Ending::outcome_unknown: entry->possibly_done = true; break;
    case Ending::rolled_back:
    case Ending::not_sent: break;
  }
  if (entry->withdrawn) drop(waiting_, entry);
  else if (entry->acknowledged) with_change(*entry, [](KeptChange& kept) { kept.pack(); });
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
  drop(waiting_, entry);
  return perhaps;
}

void CartQueue::acknowledge(CommandId command_id) {
  const auto entry = find(command_id);
  if (entry == waiting_.end()) return;
  set_acknowledged(*entry);
  if (!entry->under_way) with_change(*entry, [](KeptChange& kept) { kept.pack(); });
}

CartQueue::Standing CartQueue::standing(CommandId command_id) const {
  const auto entry = find(command_id);
  if (entry == waiting_.end()) return Standing::gone;
  return entry->possibly_done || entry->under_way ? Standing::perhaps_done : Standing::surely_not_done;
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
  Change change = with_change(*entry, [](KeptChange& kept) { return std::move(kept.value()); });
  drop(waiting_, entry);
  return change;
}

std::size_t CartQueue::moved_to(std::uint64_t epoch) {
  const bool has_one_owner = !mixture_ || mixture_->owners.size() == 1;
  if (unconfirmed_.empty() || (has_one_owner && owner() == epoch)) return 0;
  // Perhaps nothing is lost.
  return keep_unconfirmed([&](const Entry& entry) { return entry.position.owner_epoch() == epoch; });
}

std::size_t CartQueue::shown(const std::vector<AppliedSequence>& applied_sequences) {
  const auto has = [&](ProducerId producer, std::uint64_t sequence) {
    return std::any_of(applied_sequences.begin(), applied_sequences.end(), [&](const AppliedSequence& last) {
      return last.producer == producer && last.sequence >= sequence;
    });
  };
  bool has_all = true;
  for_each_producer([&](const UnconfirmedOfProducer& one) { has_all &= has(one.producer, one.newest_sequence); });
  if (has_all) return 0;
  return keep_unconfirmed(
      [&](const Entry& entry) { return has(entry.command_id.producer, entry.command_id.sequence); });
}

// Keeps what `stays`; all others wait again.
template <class Stays>
std::size_t CartQueue::keep_unconfirmed(Stays stays) {
  Entries again;
  mixture_.reset();
  Entries all = std::exchange(unconfirmed_, {});
  while (!all.empty()) {
    Entry& oldest = all.front();
    if (stays(oldest)) {
      keep(all, all.begin());
    } else {
      oldest.acknowledged = true;
      oldest.possibly_done = true;
      oldest.resent = true;
      again.splice(again.end(), all, all.begin());
    }
  }
  const std::size_t count = again.size();
  waiting_.merge(again, [](const Entry& a, const Entry& b) { return a.number < b.number; });
  return count;
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

// The change asked for is mostly under way or just done, and stands or stood at the front, or it is new and stands at
// the end: so it is looked for from both. The sequences of a producer rise, so that one beyond it shows that it is
// gone.
template <class List>
auto CartQueue::find_in(List& waiting, CommandId command_id) {
  const auto is_beyond = [&](const Entry& entry, bool from_front) {
    if (entry.command_id.producer != command_id.producer) return false;
    return from_front ? entry.command_id.sequence > command_id.sequence
                      : entry.command_id.sequence < command_id.sequence;
  };
  auto front = waiting.begin();
  for (auto back = waiting.end(); front != back; ++front) {
    if (front->command_id == command_id) return front;
    if (is_beyond(*front, true) || front == --back) break;
    if (back->command_id == command_id) return back;
    if (is_beyond(*back, false)) break;
  }
  return waiting.end();
}

CartQueue::Entries::iterator CartQueue::find(CommandId command_id) { return find_in(waiting_, command_id); }

CartQueue::Entries::const_iterator CartQueue::find(CommandId command_id) const { return find_in(waiting_, command_id); }

// The store took this one behind the unconfirmed ones of its producer, so that its epoch has those too.
void CartQueue::take_over(Entries::iterator entry, WritePosition position) {
  const auto is_earlier = [&](const Entry& other) {
    return other.number < entry->number && other.command_id.producer == entry->command_id.producer;
  };
  const auto last = std::find_if(unconfirmed_.rbegin(), unconfirmed_.rend(), is_earlier);
  if (last != unconfirmed_.rend() && last->position.epoch != position.epoch) {
    for (Entry& earlier : unconfirmed_) {
      if (!is_earlier(earlier)) continue;
      mixture().move(earlier.position.owner_epoch(), position.owner_epoch());
      earlier.position = position;
    }
  }
  entry->position = position;
  if (!entry->acknowledged) --unacknowledged_;
  keep(waiting_, entry);
}

void CartQueue::keep(Entries& from, Entries::iterator entry) {
  if (mixture_ || !is_uniform_with(*entry)) mixture().add(*entry);
  const auto before = std::find_if(unconfirmed_.rbegin(), unconfirmed_.rend(),
                                   [&](const Entry& other) { return other.number < entry->number; });
  unconfirmed_.splice(before.base(), from, entry);
}

void CartQueue::release_oldest() {
  if (mixture_) mixture_->remove(unconfirmed_.front());
  drop(unconfirmed_, unconfirmed_.begin());
  if (unconfirmed_.empty()) mixture_.reset();
}

bool CartQueue::is_uniform_with(const Entry& entry) const {
  if (unconfirmed_.empty()) return true;
  const Entry& newest = unconfirmed_.back();
  return newest.command_id.producer == entry.command_id.producer &&
         newest.position.owner_epoch() == entry.position.owner_epoch();
}

CartQueue::Mixture& CartQueue::mixture() {
  if (!mixture_) {
    mixture_ = std::make_unique<Mixture>();
    for (const Entry& entry : unconfirmed_) mixture_->add(entry);
  }
  return *mixture_;
}

template <class Visit>
void CartQueue::for_each_producer(Visit visit) const {
  if (mixture_) {
    for (const UnconfirmedOfProducer& one : mixture_->producers) visit(one);
  } else if (!unconfirmed_.empty()) {
    const Entry& newest = unconfirmed_.back();
    visit(UnconfirmedOfProducer{newest.command_id.producer, unconfirmed_.size(), newest.number,
                                newest.command_id.sequence});
  }
}

void CartQueue::Mixture::add(const Entry& entry) {
  count(entry.position.owner_epoch(), 1);
  const ProducerId producer = entry.command_id.producer;
  auto of_producer =
      std::find_if(producers.begin(), producers.end(), [&](const auto& one) { return one.producer == producer; });
  if (of_producer == producers.end()) of_producer = producers.insert(producers.end(), UnconfirmedOfProducer{producer});
  ++of_producer->count;
  if (entry.number > of_producer->newest) {
    of_producer->newest = entry.number;
    of_producer->newest_sequence = entry.command_id.sequence;
  }
}

void CartQueue::Mixture::remove(const Entry& entry) {
  count(entry.position.owner_epoch(), -1);
  const auto of_producer = std::find_if(producers.begin(), producers.end(),
                                        [&](const auto& one) { return one.producer == entry.command_id.producer; });
  ensure(of_producer != producers.end() && of_producer->count > 0,
         "each unconfirmed change is counted under its producer");
  if (--of_producer->count == 0) producers.erase(of_producer);
}

void CartQueue::Mixture::move(std::uint64_t from_owner, std::uint64_t to_owner) {
  count(from_owner, -1);
  count(to_owner, 1);
}

void CartQueue::Mixture::count(std::uint64_t owner, std::ptrdiff_t more) {
  auto of_owner = std::find_if(owners.begin(), owners.end(), [&](const auto& one) { return one.owner == owner; });
  if (of_owner == owners.end()) of_owner = owners.insert(owners.end(), UnconfirmedOfOwner{owner});
  ensure(more > 0 || of_owner->count > 0, "each unconfirmed change is counted under its owner");
  of_owner->count += static_cast<std::size_t>(more);
  if (of_owner->count == 0) owners.erase(of_owner);
}

}  // namespace cartd
