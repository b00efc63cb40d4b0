#include "outbox/journaling_log.h"

#include "runtime/log.h"

#include <utility>

namespace cartd {
namespace {

using namespace std::chrono_literals;

constexpr auto quiet = 1s;
constexpr auto interval = 10s;

double seconds(std::chrono::steady_clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

JournalingLog::Episode& JournalingLog::episode(const void* outbox, Time now) {
  owing_.insert(outbox);
  if (!episode_) episode_.emplace(Episode{now});
  episode_->over_since.reset();
  return *episode_;
}

void JournalingLog::accepted(const void* outbox, Time now) {
  bool tell = false;
  {
    const std::lock_guard lock(mutex_);
    Episode& current = episode(outbox, now);
    ++current.changes;
    current.accepting = true;
    tell = is_begin_due(now);
  }
  if (tell) tell_begin();
}

// A short while after the line of the last episode the next one waits: most of those are over by then.
bool JournalingLog::is_begin_due(Time now) {
  if (!episode_ || !episode_->accepting || episode_->begin_told || (last_begin_ && now - *last_begin_ < interval))
    return false;
  last_begin_ = now;
  episode_->begin_told = true;
  return true;
}

void JournalingLog::tell_begin() const {
  log(LogLevel::warn,
      place_ == Place::journal
          ? "Redis is down: changes go to the journal"
          : "Redis is down: changes are kept in memory, and are lost if cartd ends before Redis is back");
}

void JournalingLog::recovered(const void* outbox, std::size_t changes, Time now) {
  const std::lock_guard lock(mutex_);
  Episode& current = episode(outbox, now);
  current.changes += changes;
  current.recovered = true;
}

void JournalingLog::delivered(Time now) {
  const std::lock_guard lock(mutex_);
  if (!episode_) return;
  if (!episode_->first_delivery) episode_->first_delivery = now;
  episode_->last_delivery = now;
}

void JournalingLog::dead_lettered() {
  const std::lock_guard lock(mutex_);
  if (episode_ && episode_->dead_letters < episode_->changes) ++episode_->dead_letters;
}

bool JournalingLog::waits_for(const void* outbox) const {
  const std::lock_guard lock(mutex_);
  return owing_.contains(outbox);
}

void JournalingLog::published(const void* outbox, bool owes) {
  const std::lock_guard lock(mutex_);
  if (!owes) owing_.erase(outbox);
}

std::optional<JournalingLog::Episode> JournalingLog::take_ended(Time now) {
  if (!episode_ || !owing_.empty()) return std::nullopt;
  if (!episode_->over_since) episode_->over_since = now;
  if (now - *episode_->over_since < quiet) return std::nullopt;
  return std::exchange(episode_, std::nullopt);
}

void JournalingLog::look(Time now) {
  bool begins = false;
  std::optional<Episode> ended;
  {
    const std::lock_guard lock(mutex_);
    begins = !owing_.empty() && is_begin_due(now);
    ended = take_ended(now);
  }
  if (begins) tell_begin();
  if (!ended || (!ended->begin_told && !ended->recovered)) return;
  const Episode& over = *ended;
  const Time began = over.first_delivery.value_or(*over.over_since);
  const Time done = over.first_delivery ? over.last_delivery : *over.over_since;
  log(LogLevel::info,
      place_ == Place::journal ? "Redis is back: the journal's changes were delivered"
                               : "Redis is back: the changes in memory were delivered",
      {{"delivered", over.changes - over.dead_letters},
       {"dead_letters", over.dead_letters},
       {"away_seconds", seconds(began - over.since)},
       {"delivery_seconds", seconds(done - began)}});
}

}  // namespace cartd
