// Whether a connection still works: how long a server may take for a reply, and when an idle one is sent a PING. Pure.
#pragma once

#include "redis/connection/link_options.h"

#include <chrono>
#include <optional>

namespace cartd::redis {

/// The state of a connection that is up.
struct Activity {
  using Time = std::chrono::steady_clock::time_point;
  std::optional<Time> unanswered_since{};  ///< When the oldest request was written that has no reply yet.
  bool has_queued = false;                 ///< Something will be written soon.
  Time received_at{};                      ///< When the last byte came.
  Time resumed_at{};  ///< When this loop went on after it was held up: that time is not the server's.
};

/// `activity.unanswered_since`, without the time in which this loop itself stood still.
std::optional<Activity::Time> owed_since(const Activity& activity);

enum class Liveness {
  alive,
  idle,   ///< Nothing was to be said for the options' heartbeat: time for a PING.
  silent  ///< The reply is overdue: the connection counts as dead.
};
Liveness judge_liveness(const Activity& activity, const LinkOptions& options, Activity::Time now);

/// When to judge again, if nothing is written until then; Time::max() where something is written soon, and then will
/// be.
Activity::Time next_judgement(const Activity& activity, const LinkOptions& options, Activity::Time now);

}  // namespace cartd::redis
