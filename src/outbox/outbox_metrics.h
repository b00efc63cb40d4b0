// The metrics of a process's outboxes. Thread-safe.
#pragma once

#include "journal/journal.h"
#include "outbox/core/figures.h"
#include "outbox/journaling_log.h"
#include "outbox/resend_log.h"
#include "runtime/metrics.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

namespace cartd {

class OutboxMetrics {
 public:
  /// `metrics` outlives this. `memory_limit`: bytes that the outboxes may take. `place`: where changes wait while the
  /// store is away.
  OutboxMetrics(Metrics& metrics, std::size_t memory_limit, JournalingLog::Place place = JournalingLog::Place::journal);

  UpDownCounter& pending;       ///< Changes that may not be in the store yet.
  UpDownCounter& acknowledged;  ///< Of these, changes whose clients have their answer.
  UpDownCounter& unconfirmed;   ///< Changes in the store that one more failure could undo.
  Counter& memory_refusals;     ///< Changes refused because the memory for all these was full.

  /// An outbox's counts since they were last published.
  void publish(const void* outbox, const OutboxFigures& before, const OutboxFigures& after);
  /// Whether it is not known yet that the store has all that `outbox` has acknowledged: then publish_owing() should be
  /// called.
  bool waits_for_delivery(const void* outbox) const;
  void publish_owing(const void* outbox, bool owes);

  /// Hands the age of the oldest pending change of one outbox to the gauge, and to the log what is due.
  void publish(const void* outbox, std::chrono::milliseconds oldest_pending);

  /// The same for the process's journal.
  void publish(const JournalFigures& journal);

  /// Of all outboxes, as they published it last; 0: nothing is pending.
  std::chrono::milliseconds oldest_pending() const;

 private:
  UpDownCounter& memory_;
  Counter& replayed_;
  Counter& deduplicated_;
  Counter& dropped_;
  Counter& resent_;
  Counter& restored_;
  Counter& acknowledged_from_journal_;
  Counter& acknowledged_from_memory_;
  Counter& dead_letters_counted_;
  Gauge& oldest_;
  Metrics& metrics_;
  Gauge& journal_works_;
  Gauge& journal_records_;
  Gauge& journal_bytes_;
  Gauge& journal_max_bytes_;
  Gauge& journal_writing_;
  Gauge& dead_letters_;
  Counter& journal_appended_;
  Counter& journal_fsyncs_;
  ResendLog resend_log_{};
  JournalingLog journaling_log_;
  mutable std::mutex mutex_;
  std::uint64_t appended_ = 0;
  std::uint64_t fsyncs_ = 0;
  std::map<const void*, std::chrono::milliseconds> oldest_by_outbox_;
};

}  // namespace cartd
