#include "apps/cartctl/retry.h"

#include <algorithm>

namespace cartd::cartctl {

std::optional<std::chrono::milliseconds> pause_before_retry(const Exchanged& last, unsigned attempts) {
  using std::chrono::milliseconds, std::chrono::seconds;
  constexpr unsigned most_attempts = 3;
  constexpr milliseconds shortest{200};
  constexpr milliseconds longest = seconds(5);
  if (attempts >= most_attempts) return std::nullopt;
  if (!last) return last.error().connected ? std::optional(shortest * attempts) : std::nullopt;
  if (last->status != 503 && last->status != 504) return std::nullopt;
  // Compared in seconds: the server's number may be too large for milliseconds.
  if (!last->retry_after) return shortest * attempts;
  return *last->retry_after >= seconds(5) ? longest : std::max(shortest, milliseconds(*last->retry_after));
}

Exchanged with_retries(const std::function<Exchanged()>& attempt, const std::function<void(const std::string&)>& say,
                       const std::function<void(std::chrono::milliseconds)>& wait) {
  for (unsigned attempts = 1;; ++attempts) {
    Exchanged last = attempt();
    const auto pause = pause_before_retry(last, attempts);
    if (!pause) return last;
    say((last ? "the server answered " + std::to_string(last->status)
              : "the connection was lost: " + last.error().why) +
        "; trying again");
    wait(*pause);
  }
}

}  // namespace cartd::cartctl
