#include "outbox/outbox_metrics.h"

#include <algorithm>

namespace cartd {

OutboxMetrics::OutboxMetrics(Metrics& metrics)
    : acknowledged_from_journal(
          metrics.counter("cartd_outbox_journal_acknowledged_total", "Changes acknowledged from the journal while the store was away", {})),
      replayed(metrics.counter("cartd_outbox_replayed_total", "Changes sent again or late that took effect then", {})),
      deduplicated(metrics.counter("cartd_outbox_deduplicated_total", "Changes sent again that the store had already", {})),
      rolled_back(metrics.counter("cartd_outbox_rolled_back_total", "Changes sent again because a failover may have lost them", {})),
      forgotten(
          metrics.counter("cartd_outbox_forgotten_total", "Changes no longer kept against a failover because there were too many", {})),
      buried(metrics.counter("cartd_outbox_dead_letters_total", "Changes that could not be replayed and became dead letters", {})),
      pending_(metrics.gauge("cartd_outbox_pending", "Changes taken on that the store may not have yet", {})),
      unsettled_(metrics.gauge("cartd_outbox_unsettled", "Changes that the store has and a single fault may still undo", {})),
      oldest_(metrics.gauge("cartd_outbox_oldest_pending_seconds", "Age of the oldest pending change", {})),
      metrics_(metrics),
      journal_works_(metrics.gauge("cartd_journal_works", "1 while the journal takes changes", {})),
      journal_records_(metrics.gauge("cartd_journal_records", "Changes in the journal", {})),
      journal_bytes_(metrics.gauge("cartd_journal_bytes", "Bytes of the changes and dead letters in the journal", {})),
      journal_max_bytes_(metrics.gauge("cartd_journal_max_bytes", "Bound of cartd_journal_bytes", {})),
      dead_letters_(metrics.gauge("cartd_journal_dead_letters", "Dead letters that wait for an operator", {})),
      journal_appended_(metrics.counter("cartd_journal_appended_total", "Changes written to the journal", {})),
      journal_fsyncs_(metrics.counter("cartd_journal_fsyncs_total", "Groups of changes synced to the disk", {})) {}

void OutboxMetrics::publish(const void* outbox, std::chrono::milliseconds oldest_pending) {
  {
    const std::lock_guard lock(mutex_);
    oldest_by_outbox_[outbox] = oldest_pending;
  }
  pending_.set(static_cast<double>(pending.load(std::memory_order_relaxed)));
  unsettled_.set(static_cast<double>(unsettled.load(std::memory_order_relaxed)));
  oldest_.set(std::chrono::duration<double>(this->oldest_pending()).count());
}

void OutboxMetrics::publish(const JournalFigures& journal) {
  const std::lock_guard lock(mutex_);
  journal_works_.set(journal.state == JournalState::working ? 1 : 0);
  for (const JournalState state : {JournalState::working, JournalState::full, JournalState::failed}) {
    metrics_.gauge("cartd_journal_state", "1 for the state that the journal is in", {{"state", to_string(state)}})
        .set(journal.state == state ? 1 : 0);
  }
  journal_records_.set(static_cast<double>(journal.live_records));
  journal_bytes_.set(static_cast<double>(journal.live_bytes));
  journal_max_bytes_.set(static_cast<double>(journal.max_bytes));
  dead_letters_.set(static_cast<double>(journal.dead_letters));
  // Figures that were read earlier may come later, from another outbox.
  journal_appended_.add(static_cast<double>(std::max(journal.appended, appended_) - appended_));
  journal_fsyncs_.add(static_cast<double>(std::max(journal.fsyncs, fsyncs_) - fsyncs_));
  appended_ = std::max(journal.appended, appended_);
  fsyncs_ = std::max(journal.fsyncs, fsyncs_);
}

std::chrono::milliseconds OutboxMetrics::oldest_pending() const {
  const std::lock_guard lock(mutex_);
  std::chrono::milliseconds oldest{0};
  for (const auto& [which, age] : oldest_by_outbox_) oldest = std::max(oldest, age);
  return oldest;
}

}  // namespace cartd
