// How the database stands, for everybody who asks and for the log.
//
// Threads: thread-safe.
#pragma once

#include "domain/time.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

namespace cartd::mongodb {

class Health {
 public:
  /// `metrics` outlives it. `database` is what to call it in the log.
  Health(Metrics& metrics, std::string database);

  /// It was asked, and answered. `clock`: how far its clock is before this machine's.
  void answered(Millis clock);
  /// It was asked, and did not. `why` is for everybody: no addresses, no secrets.
  void failed(const std::string& why, const std::string& log_text);
  /// A connection was lost while something was under way.
  void lost_connection(const std::string& log_text);
  /// Nothing came in time, so that others would probably wait in vain, too.
  void stalled();
  /// What the database says to an operation that should not fail.
  void unexpected(const std::string& text);

  /// It answered when it was asked last, or was not asked yet.
  bool serves() const;
  /// Why not, or that it was not asked yet; empty when it serves.
  std::string why() const;
  /// As answered() was told last.
  Millis clock() const;

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  const std::string database_;
  UpDownCounter& up_;
  Counter& failures_;
  Counter& errors_;
  mutable std::mutex mutex_;
  bool answers_ = false;
  bool failed_ = false;
  std::string why_ = "the database was not reached yet";
  Millis clock_{};
  std::optional<SteadyTime> away_since_{};
  bool logged_ = false;
  LogThrottle outages_{};
  LogThrottle error_lines_{};
};

}  // namespace cartd::mongodb
