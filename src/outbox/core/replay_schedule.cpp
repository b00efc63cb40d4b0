#include "outbox/core/replay_schedule.h"

#include "outbox/core/retry.h"
#include "runtime/defect.h"

#include <utility>

namespace cartd::outbox {
namespace {

// Carts that are brought up to date at the same time: enough to fill the link, few beside the requests of the day.
constexpr std::size_t most_replays = 64;

// The same while none of them gets on.
constexpr std::size_t most_trials = 4;

}  // namespace

std::size_t ReplaySchedule::begin_round(SteadyTime now) {
  const std::size_t most = std::min(fruitless_ > 0 ? most_trials : most_replays, carts_.size());
  if (running_ >= most) return 0;
  if (fruitless_ > 0) rests_until_ = now + rest_after(fruitless_);
  return most - running_;
}

std::optional<CartId> ReplaySchedule::take() {
  if (carts_.empty()) return std::nullopt;
  std::optional<CartId> cart(std::move(carts_.front()));
  carts_.pop_front();
  return cart;
}

void ReplaySchedule::ended(bool got_on) {
  ensure(running_ > 0, "a cart that is no longer resent was counted");
  --running_;
  fruitless_ = got_on ? 0 : fruitless_ + 1;
}

}  // namespace cartd::outbox
