#include "outbox/journaling_log.h"

#include "runtime/log.h"

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
  {
    const std::lock_guard lock(mutex_);
    Episode& current = episode(outbox, now);
    ++current.changes;
    if (current.accepting || (last_begin_ && now - *last_begin_ < interval)) return;
    current.accepting = true;
    last_begin_ = now;
  }
  log(LogLevel::warn, "Redis is away: changes are accepted into the journal");
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

void JournalingLog::buried() {
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

void JournalingLog::look(Time now) {
  Episode over{};
  {
    const std::lock_guard lock(mutex_);
    if (!episode_ || !owing_.empty()) return;
    if (!episode_->over_since) episode_->over_since = now;
    if (now - *episode_->over_since < quiet) return;
    over = *episode_;
    episode_.reset();
  }
  if (!over.accepting && !over.recovered) return;
  const Time began = over.first_delivery.value_or(*over.over_since);
  const Time ended = over.first_delivery ? over.last_delivery : *over.over_since;
  log(LogLevel::info, "Redis is back: the changes in the journal were delivered",
      {{"delivered", over.changes - over.dead_letters},
       {"dead_letters", over.dead_letters},
       {"away_seconds", seconds(began - over.since)},
       {"delivery_seconds", seconds(ended - began)}});
}

}  // namespace cartd
