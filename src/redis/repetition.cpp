#include "redis/repetition.h"

#include "redis/connection/backoff.h"

namespace cartd::redis {

std::optional<std::chrono::milliseconds> Repetition::after_redirect() {
  return next(++redirects_ <= redirects_at_once);
}

std::optional<std::chrono::milliseconds> Repetition::after_refusal() { return next(false); }

std::optional<std::chrono::milliseconds> Repetition::next(bool at_once) {
  if (count_ == most) return std::nullopt;
  ++count_;
  if (at_once) return std::chrono::milliseconds(0);
  return backoff(++pauses_, first_pause, longest_pause, 1);
}

}  // namespace cartd::redis
