#include "redis/connection/liveness.h"

#include <algorithm>

namespace cartd::redis {
namespace {

using Time = Activity::Time;

// When the connection has to be given up, if nothing more comes.
Time silence_ends(const Activity& activity, const LinkOptions& options, Time owed) {
  const Time silent_since = std::max(owed, activity.received_at);
  return std::min(silent_since + options.silence_timeout, owed + LinkOptions::most_silences * options.silence_timeout);
}

}  // namespace

std::optional<Time> owed_since(const Activity& activity) {
  if (!activity.unanswered_since) return std::nullopt;
  return std::max(*activity.unanswered_since, activity.resumed_at);
}

Liveness judge_liveness(const Activity& activity, const LinkOptions& options, Time now) {
  if (const std::optional<Time> owed = owed_since(activity))
    return now < silence_ends(activity, options, *owed) ? Liveness::alive : Liveness::silent;
  return !activity.has_queued && now - activity.received_at >= options.heartbeat ? Liveness::idle : Liveness::alive;
}

Time next_judgement(const Activity& activity, const LinkOptions& options, Time now) {
  const Time heartbeat_due = activity.received_at + options.heartbeat;
  // Once everything is answered only idleness counts, and no timer is set for that.
  if (const std::optional<Time> owed = owed_since(activity))
    return std::min(silence_ends(activity, options, *owed), std::max(heartbeat_due, now + options.heartbeat));
  return activity.has_queued ? Time::max() : heartbeat_due;
}

}  // namespace cartd::redis
