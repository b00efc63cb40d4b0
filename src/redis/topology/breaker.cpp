#include "redis/topology/breaker.h"

namespace cartd::redis {

Service judge_service(const ServerHealth& health, std::chrono::steady_clock::time_point now,
                      std::chrono::milliseconds patience, std::chrono::milliseconds refusal) {
  if (health.state != LinkState::up) return Service::not_connected;
  if (health.unanswered_since && now - *health.unanswered_since > patience) return Service::silent;
  if (health.refused_at && now - *health.refused_at < refusal) return Service::refusing;
  return Service::available;
}

bool refuses_service(NextStep step) { return step == NextStep::retry_later || step == NextStep::find_primary; }

}  // namespace cartd::redis
