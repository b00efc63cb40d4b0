#include "apps/cartd/link_watch.h"

#include "runtime/log.h"

namespace cartd::app {

/// Remembers its link's state, which only that link's executor changes.
class LinkWatch::Observer final : public redis::LinkObserver {
 public:
  explicit Observer(LinkWatch& watch) : watch_(watch) {}

  void on_state(redis::LinkState state, const std::string& why) override {
    const redis::LinkState before = state_;
    state_ = state;
    if (before == redis::LinkState::up) watch_.went_away();
    if (state == redis::LinkState::up) watch_.went_up(before == redis::LinkState::down);
    if (state == redis::LinkState::down && before != redis::LinkState::down) watch_.went_down(why);
    if (state == redis::LinkState::connecting && before == redis::LinkState::down) state_ = before;  // Still not reached.
  }

 private:
  LinkWatch& watch_;
  redis::LinkState state_ = redis::LinkState::connecting;
};

LinkWatch::LinkWatch(Metrics& metrics)
    : up_(metrics.gauge("cartd_redis_links_up", "Connections to Redis that work now; one a reactor.", {})),
      losses_(metrics.counter("cartd_redis_link_losses_total", "Connections to Redis that were lost.", {})) {}

LinkWatch::~LinkWatch() = default;

redis::LinkObserver& LinkWatch::observer() {
  observers_.push_back(std::make_unique<Observer>(*this));
  return *observers_.back();
}

void LinkWatch::went_up(bool was_down) {
  up_.add(1);
  const std::lock_guard lock(mutex_);
  if (was_down && --down_ == 0) log(LogLevel::info, "Redis can be reached again");
}

void LinkWatch::went_away() {
  up_.add(-1);
  losses_.add();
}

void LinkWatch::went_down(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (down_++ == 0) log(LogLevel::warn, "Redis cannot be reached; trying again until it can", {{"why", why}});
}

}  // namespace cartd::app
