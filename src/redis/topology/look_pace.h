// How long to wait between two looks at the topology. Where everything is well a look that is wanted comes soon, and
// one every now and then. Where looks are wanted again and again, or something is wrong, each comes later than the one
// before. Pure.
#pragma once

#include <chrono>

namespace cartd::redis {

class LookPace {
 public:
  /// A pause grows to this, or to the gap where that is longer.
  static constexpr std::chrono::milliseconds longest_pause{1000};

  struct Pause {
    std::chrono::milliseconds if_wanted;  ///< Before a look that was asked for …
    std::chrono::milliseconds otherwise;  ///< … and before a routine one.
  };

  /// `gap`: at least this between two looks.
  explicit LookPace(std::chrono::milliseconds gap) : gap_(gap) {}

  /// After a look that found everything well, or not. `longest`: between two looks while it is; `random` from [0.5, 1).
  Pause after_look(bool well, std::chrono::milliseconds longest, double random);
  /// The pause is over, and the next look is wanted, or not.
  void waited(bool wanted) { wanted_ = wanted ? wanted_ + 1 : 0; }

 private:
  std::chrono::milliseconds gap_;
  unsigned wanted_ = 0;          ///< Looks in a row.
  unsigned retry_attempts_ = 0;  ///< Failed looks in a row.
};

}  // namespace cartd::redis
