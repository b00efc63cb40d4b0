// Which carts are sent again without a request, and when: those that an outage, a failover or an earlier process left
// behind. As many at once as fill the link; and as long as no cart gets on, only a few, less and less often, because
// whatever is wrong is not theirs alone.
#pragma once

#include "domain/ids.h"
#include "outbox/core/instant.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

namespace cartd::outbox {

class ReplaySchedule {
 public:
  void add(CartId cart) { carts_.push_back(std::move(cart)); }
  bool empty() const { return carts_.empty(); }

  /// How many carts to begin with now, when some time has passed. `is_due` says whether one can be sent now.
  template <class IsDue>
  std::size_t wanted(SteadyTime now, IsDue is_due) {
    if (carts_.empty() || now < rests_until_) return 0;
    const std::size_t looks = std::min(most_looks, carts_.size());
    const auto end = carts_.begin() + static_cast<std::ptrdiff_t>(looks);
    if (std::none_of(carts_.begin(), end, is_due)) {
      // None of these can be sent yet; the next time others are looked at.
      std::rotate(carts_.begin(), end, carts_.end());
      return 0;
    }
    return begin_round(now);
  }

  /// The next cart to look at.
  std::optional<CartId> take();

  void begun() { ++running_; }
  /// A cart that was begun with has come to an end. `got_on`: fewer of its changes wait than before.
  void ended(bool got_on);

  /// Carts looked at in a row that cannot be sent yet.
  static constexpr std::size_t most_looks = 100;

 private:
  std::size_t begin_round(SteadyTime now);

  std::deque<CartId> carts_;
  std::size_t running_ = 0;
  unsigned fruitless_ = 0;  ///< Carts in a row after which as many changes waited as before.
  SteadyTime rests_until_{};
};

}  // namespace cartd::outbox
