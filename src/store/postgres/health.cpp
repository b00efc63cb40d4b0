#include "store/postgres/health.h"

#include <utility>

namespace cartd::postgres {

Health::Health(Metrics& metrics, std::string database)
    : database_(std::move(database)),
      sessions_figure_(metrics.up_down_counter("cartd_postgres_sessions", "Sessions with the database that work.", {})),
      failures_(metrics.counter("cartd_postgres_connection_failures_total",
                                "Sessions with the database that could not be opened or were lost.", {})),
      errors_(metrics.counter("cartd_postgres_errors_total",
                              "Errors of the database that should not happen; each is in the log.", {})) {}

void Health::opened(bool is_safe) {
  const std::lock_guard lock(mutex_);
  sessions_figure_.add(1);
  failed_ = false;
  why_.clear();
  if (++sessions_ == 1) {
    if (std::exchange(logged_, false) && away_since_) {
      const std::chrono::duration<double> away = std::chrono::steady_clock::now() - *away_since_;
      log(LogLevel::warn, "the database answers again", {{"database", database_}, {"seconds", away.count()}});
    }
    away_since_.reset();
  }
  if (!is_safe && !std::exchange(warned_of_safety_, true))
    log(LogLevel::warn, "the database server has fsync off: a crash of its machine can lose acknowledged changes",
        {{"database", database_}});
}

void Health::failed_to_open(const std::string& why, const std::string& log_text) {
  const std::lock_guard lock(mutex_);
  failures_.add();
  failed_ = true;
  if (sessions_ == 0) note_outage(why, log_text);
  else if (refusals_.pass())
    log(LogLevel::warn, "another session with the database cannot be opened",
        {{"database", database_}, {"why", why}, {"answer", log_text}});
}

void Health::closed(const std::string& why, bool stalled) {
  const std::lock_guard lock(mutex_);
  failures_.add();
  sessions_figure_.add(-1);
  if (--sessions_ == 0) {
    failed_ = stalled;
    why_ = stalled ? "the database does not answer" : "the connections to the database were lost";
    away_since_ = std::chrono::steady_clock::now();
  }
  log(LogLevel::debug, "a session with the database ended", {{"database", database_}, {"why", why}});
}

void Health::note_outage(const std::string& why, const std::string& log_text) {
  if (!away_since_) away_since_ = std::chrono::steady_clock::now();
  const bool is_news = std::exchange(why_, why) != why;
  if ((logged_ && !is_news) || !outages_.pass()) return;
  logged_ = true;
  log(LogLevel::error, "the database cannot be used", {{"database", database_}, {"why", why}, {"answer", log_text}});
}

void Health::unexpected(const std::string& text) {
  errors_.add();
  if (const auto left_out = error_lines_.pass())
    log(LogLevel::error, "the database answers an error", {{"answer", text}, {"left_out", *left_out}});
}

bool Health::serves() const {
  const std::lock_guard lock(mutex_);
  return sessions_ > 0 || !failed_;
}

std::string Health::why() const {
  const std::lock_guard lock(mutex_);
  return sessions_ > 0 ? std::string() : why_;
}

std::size_t Health::sessions() const {
  const std::lock_guard lock(mutex_);
  return sessions_;
}

}  // namespace cartd::postgres
