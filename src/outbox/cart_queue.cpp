#include "outbox/cart_queue.h"

#include "runtime/defect.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cartd {

void CartQueue::accept(Stamp stamp, Change change, bool promised, bool possibly_done, std::optional<Time> since) {
  waiting_.push_back({++last_number_, stamp, std::move(change), promised, since, possibly_done});
}

std::optional<CartQueue::Attempt> CartQueue::next() {
  if (under_way_ || waiting_.empty()) return std::nullopt;
  const Waiting& first = waiting_.front();
  under_way_ = first.stamp;
  judging_ = !first.promised;
  return Attempt{first.stamp, &first.change, retained_before(first.number), !first.promised, first.since};
}

// The newest of each lane that the store is known to have had, whichever it took last.
std::vector<Mark> CartQueue::retained_before(std::uint64_t number) const {
  std::vector<Mark> newest;
  newest.reserve(lanes_.size());
  for (const auto& retained : lanes_) {
    const Lane lane = retained.first;
    if (retained.second.newest < number) {
      newest.push_back({lane, retained.second.newest_seq});
      continue;
    }
    const auto before = std::find_if(retained_.rbegin(), retained_.rend(), [&](const Retained& entry) {
      return entry.stamp.lane == lane && entry.number < number;
    });
    if (before != retained_.rend()) newest.push_back({lane, before->stamp.seq});
  }
  return newest;
}

std::size_t CartQueue::report(Ending ending, Place place) {
  ensure(under_way_.has_value(), "an answer belongs to an attempt that is under way");
  const auto entry = find(*under_way_);
  ensure(entry != waiting_.end(), "the change whose attempt is under way waits in its cart's queue");
  under_way_.reset();
  switch (ending) {
    case Ending::applied:
    case Ending::found_there:
      retain(std::move(*entry), place);
      waiting_.erase(entry);
      return 0;
    case Ending::refused:
      if (entry->promised && judging_) return 0;
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

bool CartQueue::withdraw(Stamp stamp) {
  const auto entry = find(stamp);
  if (entry == waiting_.end() || entry->promised) return false;
  if (under_way_ == stamp) {  // It is on the wire, and goes when its answer comes.
    entry->withdrawn = true;
    return true;
  }
  const bool perhaps = entry->possibly_done;
  waiting_.erase(entry);
  return perhaps;
}

void CartQueue::promise(Stamp stamp) {
  if (const auto entry = find(stamp); entry != waiting_.end()) entry->promised = true;
}

CartQueue::Standing CartQueue::standing(Stamp stamp) const {
  const auto entry = find(stamp);
  if (entry == waiting_.end()) return Standing::gone;
  return entry->possibly_done || under_way_ == stamp ? Standing::perhaps_done : Standing::surely_not_done;
}

bool CartQueue::owes() const {
  return std::any_of(waiting_.begin(), waiting_.end(), [](const Waiting& entry) { return entry.promised; });
}

bool CartQueue::is_promised(Stamp stamp) const {
  const auto entry = find(stamp);
  return entry != waiting_.end() && entry->promised;
}

bool CartQueue::is_resent(Stamp stamp) const {
  const auto entry = find(stamp);
  return entry != waiting_.end() && entry->resent;
}

std::optional<Change> CartQueue::take(Stamp stamp) {
  const auto entry = find(stamp);
  if (entry == waiting_.end()) return std::nullopt;
  ensure(under_way_ != stamp, "a change is not taken out of its cart's queue while an attempt at it is under way");
  Change change = std::move(entry->change);
  waiting_.erase(entry);
  return change;
}

std::size_t CartQueue::moved_to(std::uint64_t history) {
  if (owners_.empty() || (owners_.size() == 1 && owners_.contains(history))) return 0;
  // Perhaps nothing is lost.
  return keep_retained([&](const Retained& entry) { return entry.place.owner() == history; });
}

std::size_t CartQueue::shown(const std::vector<Mark>& marks) {
  const auto has = [&](Stamp stamp) {
    return std::any_of(marks.begin(), marks.end(),
                       [&](const Mark& mark) { return mark.lane == stamp.lane && mark.seq >= stamp.seq; });
  };
  if (std::all_of(lanes_.begin(), lanes_.end(), [&](const auto& lane) {
        return has({lane.first, lane.second.newest_seq});
      }))
    return 0;
  return keep_retained([&](const Retained& entry) { return has(entry.stamp); });
}

// Keeps what `stays`; all others wait again.
template <class Stays>
std::size_t CartQueue::keep_retained(Stays stays) {
  std::size_t again = 0;
  owners_.clear();
  lanes_.clear();
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

std::vector<Stamp> CartQueue::settle(std::uint64_t history, std::uint64_t safe_round) {
  std::vector<Stamp> settled;
  while (!retained_.empty() && retained_.front().place.history == history &&
         retained_.front().place.round <= safe_round) {
    settled.push_back(retained_.front().stamp);
    forget_oldest_retained();
  }
  return settled;
}

bool CartQueue::is_held_up(std::uint64_t history) const {
  if (retained_.empty() || retained_.front().place.history == history) return false;
  return std::any_of(retained_.begin(), retained_.end(),
                     [&](const Retained& entry) { return entry.place.history == history; });
}

std::optional<Stamp> CartQueue::drop_oldest_retained() {
  if (retained_.empty()) return std::nullopt;
  const Stamp stamp = retained_.front().stamp;
  forget_oldest_retained();
  return stamp;
}

std::optional<Stamp> CartQueue::oldest_waiting() const {
  return waiting_.empty() ? std::nullopt : std::optional(waiting_.front().stamp);
}

std::optional<std::uint64_t> CartQueue::owner() const {
  return retained_.empty() ? std::nullopt : std::optional(retained_.back().place.owner());
}

// What is asked for is mostly under way, or new.
CartQueue::WaitingList::const_iterator CartQueue::find(Stamp stamp) const {
  if (!waiting_.empty() && waiting_.front().stamp == stamp) return waiting_.begin();
  const auto found =
      std::find_if(waiting_.rbegin(), waiting_.rend(), [&](const Waiting& entry) { return entry.stamp == stamp; });
  return found == waiting_.rend() ? waiting_.end() : std::prev(found.base());
}

CartQueue::WaitingList::iterator CartQueue::find(Stamp stamp) {
  return waiting_.begin() + (std::as_const(*this).find(stamp) - waiting_.cbegin());
}

void CartQueue::wait_again(Retained entry) {
  const auto place = std::upper_bound(waiting_.begin(), waiting_.end(), entry.number,
                                      [](std::uint64_t number, const Waiting& other) { return number < other.number; });
  waiting_.insert(place,
                  Waiting{entry.number, entry.stamp, std::move(entry.change), true, entry.since, true, false, true});
}

// The store took this one behind the retained ones of its lane, so that its history has those too.
void CartQueue::retain(Waiting entry, Place place) {
  const auto is_earlier = [&](const Retained& other) {
    return other.number < entry.number && other.stamp.lane == entry.stamp.lane;
  };
  const auto last = std::find_if(retained_.rbegin(), retained_.rend(), is_earlier);
  if (last != retained_.rend() && last->place.history != place.history) {
    for (Retained& earlier : retained_) {
      if (!is_earlier(earlier)) continue;
      count(earlier.place.owner(), -1);
      count(place.owner(), 1);
      earlier.place = place;
    }
  }
  const auto behind =
      std::upper_bound(retained_.begin(), retained_.end(), entry.number,
                       [](std::uint64_t number, const Retained& other) { return number < other.number; });
  keep(behind, Retained{entry.number, entry.stamp, std::move(entry.change), entry.since, place});
}

void CartQueue::keep(RetainedList::const_iterator behind, Retained entry) {
  count(entry.place.owner(), 1);
  RetainedOfLane& of_lane = lanes_[entry.stamp.lane];
  ++of_lane.count;
  if (entry.number > of_lane.newest) of_lane = {of_lane.count, entry.number, entry.stamp.seq};
  retained_.insert(behind, std::move(entry));
}

void CartQueue::forget_oldest_retained() {
  const Retained& oldest = retained_.front();
  count(oldest.place.owner(), -1);
  const auto of_lane = lanes_.find(oldest.stamp.lane);
  ensure(of_lane != lanes_.end() && of_lane->second.count > 0, "each retained change is counted under its lane");
  if (--of_lane->second.count == 0) lanes_.erase(of_lane);
  retained_.pop_front();
}

void CartQueue::count(std::uint64_t owner, std::ptrdiff_t more) {
  std::size_t& retained = owners_[owner];
  ensure(more > 0 || retained > 0, "each retained change is counted under its owner");
  retained += static_cast<std::size_t>(more);
  if (retained == 0) owners_.erase(owner);
}

}  // namespace cartd
