// Looks for an order of things that happened at the same time which explains what everybody was told (linearizability:
// Wing and Gong's search, with the states that led nowhere remembered). Pure.
#pragma once

#include "chaos/checker/history.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {

/// Happened at one moment from `start` to `end`; when it is not certain, at any moment from `start` on, or never.
template <class Step>
struct Event {
  Moment start{};
  Moment end{};
  bool certain = true;
  Step step{};
  std::optional<std::size_t> after{};  ///< The event, by its number, that has to come first, whatever the times say.
};

enum class Explained { yes, no, undecided };

struct Explanation {
  Explained explained = Explained::yes;
  /// The number of the event that could not be explained, in the order that explains most; only with `no`.
  std::size_t stuck_at = 0;
};

/// `Model` has:
/// - Step and State, which can be copied;
/// - next(step, state): the state after the step; nothing when the step's answer does not fit the state;
/// - is_read(step): it changes no state;
/// - is_past(step, state): no later state fits the step;
/// - key(state): a text that is another one for another state.
template <class Model>
class OrderSearch {
 public:
  using State = typename Model::State;
  using Step = typename Model::Step;

  /// Gives up, undecided, after `budget` choices.
  explicit OrderSearch(std::vector<Event<Step>> events, std::size_t budget = 200'000)
      : events_(std::move(events)), done_(events_.size(), '0'), budget_(budget) {
    for (std::size_t i = 0; i < events_.size(); ++i) (events_[i].certain ? certain_ : uncertain_).push_back(i);
    const auto by_start = [this](std::size_t a, std::size_t b) { return events_[a].start < events_[b].start; };
    std::stable_sort(certain_.begin(), certain_.end(), by_start);
    std::stable_sort(uncertain_.begin(), uncertain_.end(), by_start);
  }

  Explanation run() {
    if (search({}, 0, 0)) return {};
    return {.explained = budget_ == 0 ? Explained::undecided : Explained::no, .stuck_at = stuck_at_};
  }

 private:
  /// Of what is done and the state, which a long search could not keep in full.
  using Digest = std::pair<std::size_t, std::size_t>;

  Digest digest_of(const State& state) const {
    std::string text = done_ + Model::key(state);
    const std::size_t one = std::hash<std::string>()(text);
    text += '.';
    return {one, std::hash<std::string>()(text)};
  }

  bool is_done(std::size_t event) const { return done_[event] == '1'; }

  bool may_come(std::size_t event) const { return !events_[event].after || is_done(*events_[event].after); }

  /// The certain events of which any may be the next, the one that ends first at the head.
  std::vector<std::size_t> next_events(std::size_t first) const {
    std::vector<std::size_t> next;
    Moment first_end = Moment::max();
    for (std::size_t i = first; i < certain_.size(); ++i) {
      const Event<Step>& event = events_[certain_[i]];
      if (is_done(certain_[i])) continue;
      if (event.start > first_end) break;
      first_end = std::min(first_end, event.end);
      next.push_back(certain_[i]);
    }
    std::erase_if(next, [&](std::size_t event) { return events_[event].start > first_end; });
    std::stable_sort(next.begin(), next.end(),
                     [this](std::size_t a, std::size_t b) { return events_[a].end < events_[b].end; });
    return next;
  }

  /// A read that fits now may as well come now: it changes nothing for the others.
  bool take_fitting_read(const std::vector<std::size_t>& next, const State& state, std::vector<std::size_t>& taken) {
    for (const std::size_t event : next) {
      if (!Model::is_read(events_[event].step) || !may_come(event) || !Model::next(events_[event].step, state))
        continue;
      done_[event] = '1';
      taken.push_back(event);
      return true;
    }
    return false;
  }

  bool search(const State& state, std::size_t first, std::size_t explained) {
    std::vector<std::size_t> taken;
    std::vector<std::size_t> next;
    do {
      while (first < certain_.size() && is_done(certain_[first])) ++first;
      next = next_events(first);
      if (next.empty()) return true;
    } while (take_fitting_read(next, state, taken));
    explained += taken.size();
    if (explained >= most_explained_) {
      most_explained_ = explained;
      stuck_at_ = next.front();
    }
    if (choose(state, first, explained, next)) return true;
    for (const std::size_t event : taken) done_[event] = '0';
    return false;
  }

  bool choose(const State& state, std::size_t first, std::size_t explained, const std::vector<std::size_t>& next) {
    for (const std::size_t event : next)
      if (Model::is_past(events_[event].step, state)) return false;
    const Digest position = digest_of(state);
    if (dead_ends_.contains(position)) return false;
    if (budget_ == 0 || --budget_ == 0) return false;
    for (const std::size_t event : next)
      if (!Model::is_read(events_[event].step) && may_come(event) && try_event(event, state, first, explained))
        return true;
    const Moment latest = events_[next.front()].end;
    for (const std::size_t event : uncertain_) {
      if (events_[event].start > latest) break;
      if (!is_done(event) && try_event(event, state, first, explained)) return true;
    }
    dead_ends_.insert(position);
    return false;
  }

  bool try_event(std::size_t event, const State& state, std::size_t first, std::size_t explained) {
    const std::optional<State> after = Model::next(events_[event].step, state);
    if (!after) return false;
    // Whether it came or not is the same then.
    if (!events_[event].certain && Model::key(*after) == Model::key(state)) return false;
    done_[event] = '1';
    if (search(*after, first, explained + (events_[event].certain ? 1 : 0))) return true;
    done_[event] = '0';
    return false;
  }

  const std::vector<Event<Step>> events_;
  std::vector<std::size_t> certain_;    // by start
  std::vector<std::size_t> uncertain_;  // by start
  std::string done_;                    // '1' or '0' an event
  std::set<Digest> dead_ends_;
  std::size_t budget_;
  std::size_t most_explained_ = 0;
  std::size_t stuck_at_ = 0;
};

}  // namespace cartd::test
