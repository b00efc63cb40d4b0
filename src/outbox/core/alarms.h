// Due times. Most entries never become due, because their work is done before: they are dropped on
// the way.
#pragma once

#include "outbox/core/instant.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

namespace cartd::outbox {

template <class What>
class Alarms {
 public:
  /// Mostly later than all others.
  void add(SteadyTime when, What what) {
    if (when == SteadyTime::max()) return;
    // insert() into an empty deque would put it in front, and allocate there each time.
    if (entries_.empty() || entries_.back().when <= when) {
      entries_.push_back(Entry{when, std::move(what)});
      return;
    }
    const auto behind = std::upper_bound(entries_.rbegin(), entries_.rend(), when,
                                         [](SteadyTime time, const Entry& other) { return other.when <= time; });
    entries_.insert(behind.base(), Entry{when, std::move(what)});
  }

  /// The next one that is due; it is taken out.
  std::optional<What> take_due(SteadyTime now) {
    if (entries_.empty() || entries_.front().when > now) return std::nullopt;
    std::optional<What> due(std::move(entries_.front().what));
    entries_.pop_front();
    return due;
  }

  /// When the next one is due, those left out that are not `needed` any more.
  template <class Needed>
  std::optional<SteadyTime> next(Needed needed) {
    while (!entries_.empty() && !needed(entries_.front().what)) entries_.pop_front();
    return entries_.empty() ? std::nullopt : std::optional(entries_.front().when);
  }

 private:
  struct Entry {
    SteadyTime when;
    What what;
  };
  std::deque<Entry> entries_;  ///< By time.
};

}  // namespace cartd::outbox
