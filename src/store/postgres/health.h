// How the database stands, for everybody who asks and for the log.
//
// Threads: thread-safe.
#pragma once

#include "runtime/log.h"
#include "runtime/metrics.h"

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>

namespace cartd::postgres {

class Health {
 public:
  /// `metrics` outlives it. `database` is what to call it in the log.
  Health(Metrics& metrics, std::string database);

  void opened(bool is_safe);
  /// `why` as OpenedSession has it.
  void failed_to_open(const std::string& why, const std::string& log_text);
  /// `stalled`: it did not answer, so that another one probably would not.
  void closed(const std::string& why, bool stalled);
  /// What the database says to a statement that should not fail.
  void unexpected(const std::string& text);

  /// Some session works, or nothing is known yet.
  bool serves() const;
  /// Why no session works; empty when one does.
  std::string why() const;
  std::size_t sessions() const;

 private:
  using Time = std::chrono::steady_clock::time_point;

  void note_outage(const std::string& why, const std::string& log_text);

  const std::string database_;
  UpDownCounter& sessions_figure_;
  Counter& failures_;
  Counter& errors_;
  mutable std::mutex mutex_;
  std::size_t sessions_ = 0;
  std::string why_ = "the database was not reached yet";
  bool failed_ = false;  ///< The last attempt did, or a session did not answer.
  std::optional<Time> away_since_{};
  bool logged_ = false;
  bool warned_of_safety_ = false;
  LogThrottle outages_{};
  LogThrottle refusals_{};  ///< While other sessions work; of its own, so that no outage goes unsaid.
  LogThrottle error_lines_{};
};

}  // namespace cartd::postgres
