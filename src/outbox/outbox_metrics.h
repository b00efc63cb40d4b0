// What the outboxes of a process count. Thread-safe.
#pragma once

#include "journal/journal.h"
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
  /// `metrics` outlives this.
  explicit OutboxMetrics(Metrics& metrics);

  UpDownCounter& pending;      ///< Changes that may not be in the store yet.
  UpDownCounter& unconfirmed;  ///< Changes in the store that one more failure could undo.

  Counter& replayed;      ///< Sent again, or late, and applied.
  Counter& deduplicated;  ///< Sent again, and found to be there.
  Counter& dropped;       ///< Changes dropped unconfirmed, because there were too many.

  /// So many changes that the store had wait again, because it may have lost them.
  void count_resent(std::size_t changes);
  /// The store has one of these again; `was_lost`: it took effect only now.
  void count_resend_ended(bool was_lost);

  /// `outbox` has acknowledged a change from the journal.
  void count_journaled(const void* outbox);
  /// `outbox` has taken over so many changes that an earlier process left in the journal.
  void count_recovered(const void* outbox, std::size_t changes);
  /// A change that was acknowledged before has reached the store.
  void count_delivered();
  /// A change was moved to the dead letters.
  void count_buried();
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
  Counter& resent_;
  Counter& restored_;
  Counter& acknowledged_from_journal_;
  Counter& buried_;
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
  JournalingLog journaling_log_{};
  mutable std::mutex mutex_;
  std::uint64_t appended_ = 0;
  std::uint64_t fsyncs_ = 0;
  std::map<const void*, std::chrono::milliseconds> oldest_by_outbox_;
};

}  // namespace cartd
