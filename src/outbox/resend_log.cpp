#include "outbox/resend_log.h"

#include "runtime/log.h"

#include <utility>

namespace cartd {
namespace {

using namespace std::chrono_literals;

constexpr auto time_without_news = 1s;
constexpr auto line_interval = 10s;

}  // namespace

void ResendLog::resent(std::size_t changes, Time now) {
  const std::lock_guard lock(mutex_);
  resent_ += changes;
  unanswered_ += changes;
  if (!first_) first_ = now;
  newest_ = now;
}

void ResendLog::ended(bool was_lost, Time now) {
  const std::lock_guard lock(mutex_);
  if (was_lost) ++lost_;
  if (unanswered_ > 0) --unanswered_;
  if (!first_) first_ = now;
  newest_ = now;
}

void ResendLog::look(Time now) {
  std::size_t resent = 0;
  std::size_t lost = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!first_ || (last_line_ && now - *last_line_ < line_interval)) return;
    const bool over = unanswered_ == 0 && now - newest_ >= time_without_news;
    if (!over && now - *first_ < line_interval) return;
    first_.reset();
    last_line_ = now;
    // A refused or dropped change is never answered.
    unanswered_ = 0;
    resent = std::exchange(resent_, 0);
    lost = std::exchange(lost_, 0);
  }
  if (resent == 0 && lost == 0) return;
  log(lost > 0 ? LogLevel::warn : LogLevel::info,
      lost > 0 ? "Redis had lost acknowledged changes; they were resent and are back"
               : "acknowledged changes were resent in case Redis had lost them",
      {{"resent", resent}, {"lost", lost}});
}

}  // namespace cartd
