#include "store/mongodb/health.h"

#include <utility>

namespace cartd::mongodb {

Health::Health(Metrics& metrics, std::string database)
    : database_(std::move(database)),
      up_(metrics.up_down_counter("cartd_mongodb_up", "1 while the database answers, otherwise 0.", {})),
      failures_(metrics.counter("cartd_mongodb_connection_failures_total",
                                "Connections to the database that could not be opened or were lost.", {})),
      errors_(metrics.counter("cartd_mongodb_errors_total",
                              "Errors of the database that should not happen; each is in the log.", {})) {}

void Health::answered(Millis clock) {
  const std::lock_guard lock(mutex_);
  clock_ = clock;
  failed_ = false;
  why_.clear();
  if (std::exchange(answers_, true)) return;
  up_.add(1);
  if (std::exchange(logged_, false) && away_since_) {
    const std::chrono::duration<double> away = std::chrono::steady_clock::now() - *away_since_;
    log(LogLevel::warn, "the database answers again", {{"database", database_}, {"seconds", away.count()}});
  }
  away_since_.reset();
}

void Health::failed(const std::string& why, const std::string& log_text) {
  const std::lock_guard lock(mutex_);
  failures_.add();
  failed_ = true;
  if (std::exchange(answers_, false)) up_.add(-1);
  if (!away_since_) away_since_ = std::chrono::steady_clock::now();
  const bool is_news = std::exchange(why_, why) != why;
  if ((logged_ && !is_news) || !outages_.pass()) return;
  logged_ = true;
  log(LogLevel::error, "the database cannot be used", {{"database", database_}, {"why", why}, {"answer", log_text}});
}

void Health::lost_connection(const std::string& log_text) {
  failures_.add();
  log(LogLevel::debug, "a connection to the database ended", {{"database", database_}, {"why", log_text}});
}

void Health::stalled() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(answers_, false)) up_.add(-1);
  if (!away_since_) away_since_ = std::chrono::steady_clock::now();
  failed_ = true;
  why_ = "the database does not answer";
}

void Health::unexpected(const std::string& text) {
  errors_.add();
  if (const auto left_out = error_lines_.pass())
    log(LogLevel::error, "the database answers an error", {{"answer", text}, {"left_out", *left_out}});
}

bool Health::serves() const {
  const std::lock_guard lock(mutex_);
  return !failed_;
}

std::string Health::why() const {
  const std::lock_guard lock(mutex_);
  return why_;
}

Millis Health::clock() const {
  const std::lock_guard lock(mutex_);
  return clock_;
}

}  // namespace cartd::mongodb
