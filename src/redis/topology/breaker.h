// Whether a command that is sent now is likely to be answered soon. Pure.
//
// There is no half-open state and no trial request: a deadline never cancels what is on the wire, so the late reply
// itself, the heartbeat's, or the next connection shows that the server serves again.
#pragma once

#include "redis/connection/link_state.h"
#include "redis/protocol/redirect.h"

#include <chrono>
#include <optional>

namespace cartd::redis {

/// The state of a server that is to be asked next.
struct ServerHealth {
  using Time = std::chrono::steady_clock::time_point;
  LinkState state = LinkState::connecting;
  std::optional<Time> unanswered_since{};  ///< When the oldest request was sent that has no reply yet.
  std::optional<Time> refused_at{};        ///< When it last refused a command for its own state: see refuses_service().
};

enum class Service { available, not_connected, silent, refusing };

/// `patience`: how long it may owe a reply; `refusal`: how long a refusal counts.
Service judge_service(const ServerHealth& health, std::chrono::steady_clock::time_point now,
                      std::chrono::milliseconds patience, std::chrono::milliseconds refusal);

/// Whether an error reply that means `step` speaks of the server's state rather than of the command.
bool refuses_service(NextStep step);

}  // namespace cartd::redis
