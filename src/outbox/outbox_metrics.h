// What the outboxes of a process count. Thread-safe.
#pragma once

#include "journal/journal.h"
#include "runtime/metrics.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

namespace cartd {

class OutboxMetrics {
 public:
  /// `metrics` outlives this.
  explicit OutboxMetrics(Metrics& metrics);

  /// Changes taken on that the store may not have.
  std::atomic<std::int64_t> pending{0};
  /// Changes that the store has and a single fault may still undo.
  std::atomic<std::int64_t> unsettled{0};

  Counter& acknowledged_from_journal;
  Counter& replayed;      ///< Sent again, or late, and applied.
  Counter& deduplicated;  ///< Sent again, and found to be there.
  Counter& rolled_back;   ///< Changes that the store had and lost, by its own word.
  Counter& forgotten;     ///< Let go of unsettled, because there were too many.
  Counter& buried;        ///< Moved to the dead letters.

  /// Hands the figures above to the gauges. `oldest_pending`: the age of the oldest pending change of one outbox.
  void publish(const void* outbox, std::chrono::milliseconds oldest_pending);

  /// The same for the process's journal.
  void publish(const JournalFigures& journal);

  /// Of all outboxes, as they published it last; 0: nothing is pending.
  std::chrono::milliseconds oldest_pending() const;

 private:
  Gauge& pending_;
  Gauge& unsettled_;
  Gauge& oldest_;
  Metrics& metrics_;
  Gauge& journal_works_;
  Gauge& journal_records_;
  Gauge& journal_bytes_;
  Gauge& journal_max_bytes_;
  Gauge& dead_letters_;
  Counter& journal_appended_;
  Counter& journal_fsyncs_;
  mutable std::mutex mutex_;
  std::uint64_t appended_ = 0;
  std::uint64_t fsyncs_ = 0;
  std::map<const void*, std::chrono::milliseconds> oldest_by_outbox_;
};

}  // namespace cartd
