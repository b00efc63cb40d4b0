// What a line's quantity can be at a time, given the commands of its cart. Pure.
#pragma once

#include "chaos/checker/checker.h"
#include "chaos/checker/command.h"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {

/// From where and when a line was looked at.
struct Observation {
  Moment start{};
  Moment end{};
  int server = 0;
  bool degraded = false;
  bool in_the_end = false;             ///< Whatever was acknowledged shows.
  const Command* answer_to = nullptr;  ///< The command in whose answer it was.
};

/// Whether a cartd's answer must show what a cartd acknowledged before it was asked: always what it acknowledged
/// itself; of others what the store has, as long as the store forgets nothing and was asked.
bool answers_for(int acknowledging, bool in_store, const Observation& observation, const CheckOptions& options);

/// A line to which any client adds, and from which is removed only what was added: the acknowledged commands are in its
/// quantity, the unknown ones may be, once each, and the refused ones are not.
class CommutativeLine {
 public:
  struct Range {
    std::int64_t least;
    std::int64_t most;
  };

  CommutativeLine(const std::vector<Command>& commands, const std::string& sku, CheckOptions options);

  Range at(const Observation& observation) const;

 private:
  /// Sums up to a time.
  class Timeline {
   public:
    void add(Moment when, std::int64_t n) { steps_.emplace_back(when, n); }
    void sum_up();
    std::int64_t until(Moment when) const;

   private:
    std::vector<std::pair<Moment, std::int64_t>> steps_;
  };
  struct Acknowledged {
    Timeline added{};
    Timeline removed{};
  };
  /// By the cartd that acknowledged, and whether the store had it then.
  using Place = std::pair<int, bool>;

  bool shows(const Place& place, const Observation& observation) const;

  std::string sku_;
  CheckOptions options_;
  std::map<Place, Acknowledged> sure_;
  Timeline begun_adds_;
  Timeline begun_removes_;
};

/// What is in a line; a line that is not there has quantity 0 and no details.
struct LineState {
  std::int64_t quantity = 0;
  std::string details{};  ///< As in CartView.

  friend auto operator<=>(const LineState&, const LineState&) = default;
};

/// A line whose commands have a fixed order, by one writer through one cartd: it is what the last acknowledged one
/// made of it, or an unknown one after that.
class SequentialLine {
 public:
  /// Nothing: anything is possible.
  using Possible = std::optional<std::set<LineState>>;

  SequentialLine(const std::vector<Command>& commands, std::string sku, CheckOptions options);

  Possible at(const Observation& observation) const;

 private:
  bool shows(const Command& command, const Observation& observation) const;

  const std::vector<Command>& commands_;
  const std::string sku_;
  const CheckOptions options_;
  std::vector<Possible> before_;  // before each command, and after all of them
};

}  // namespace cartd::test
