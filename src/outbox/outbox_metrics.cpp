#include "outbox/outbox_metrics.h"

#include <algorithm>

namespace cartd {

using SteadyClock = std::chrono::steady_clock;

OutboxMetrics::OutboxMetrics(Metrics& metrics)
    : pending(metrics.up_down_counter("cartd_outbox_pending", "Changes taken on that the store may not have yet", {})),
      unconfirmed(metrics.up_down_counter("cartd_outbox_unconfirmed",
                                          "Changes that the store has and a single fault may still undo", {})),
      replayed(metrics.counter("cartd_outbox_replayed_total", "Changes sent again or late that took effect then", {})),
      deduplicated(
          metrics.counter("cartd_outbox_deduplicated_total", "Changes sent again that the store had already", {})),
      dropped(metrics.counter("cartd_outbox_dropped_total",
                              "Changes no longer kept against a failover because there were too many", {})),
      resent_(
          metrics.counter("cartd_outbox_resent_total", "Changes sent again because a failover may have lost them", {})),
      restored_(metrics.counter("cartd_outbox_restored_total",
                                "Changes that a failover had lost and that took effect again", {})),
      acknowledged_from_journal_(metrics.counter("cartd_outbox_journal_acknowledged_total",
                                                 "Changes acknowledged from the journal while the store was away", {})),
      buried_(metrics.counter("cartd_outbox_dead_letters_total",
                              "Changes that could not be replayed and became dead letters", {})),
      oldest_(metrics.gauge("cartd_outbox_oldest_pending_seconds", "Age of the oldest pending change", {})),
      metrics_(metrics),
      journal_works_(metrics.gauge("cartd_journal_works", "1 while the journal takes changes", {})),
      journal_records_(metrics.gauge("cartd_journal_records", "Changes in the journal", {})),
      journal_bytes_(metrics.gauge("cartd_journal_bytes", "Bytes of the changes and dead letters in the journal", {})),
      journal_max_bytes_(metrics.gauge("cartd_journal_max_bytes", "Bound of cartd_journal_bytes", {})),
      journal_writing_(metrics.gauge("cartd_journal_writing_seconds",
                                     "How long the disk has been busy with the group being written", {})),
      dead_letters_(metrics.gauge("cartd_journal_dead_letters", "Dead letters that wait for an operator", {})),
      journal_appended_(metrics.counter("cartd_journal_appended_total", "Changes written to the journal", {})),
      journal_fsyncs_(metrics.counter("cartd_journal_fsyncs_total", "Groups of changes synced to the disk", {})) {}

void OutboxMetrics::count_resent(std::size_t changes) {
  if (changes == 0) return;
  resent_.add(static_cast<double>(changes));
  resend_log_.resent(changes, SteadyClock::now());
}

void OutboxMetrics::count_resend_ended(bool was_lost) {
  if (was_lost) restored_.add();
  resend_log_.ended(was_lost, SteadyClock::now());
}

void OutboxMetrics::count_journaled(const void* outbox) {
  acknowledged_from_journal_.add();
  journaling_log_.accepted(outbox, SteadyClock::now());
}

void OutboxMetrics::count_recovered(const void* outbox, std::size_t changes) {
  if (changes > 0) journaling_log_.recovered(outbox, changes, SteadyClock::now());
}

void OutboxMetrics::count_delivered() { journaling_log_.delivered(SteadyClock::now()); }

void OutboxMetrics::count_buried() {
  buried_.add();
  journaling_log_.buried();
}

bool OutboxMetrics::waits_for_delivery(const void* outbox) const { return journaling_log_.waits_for(outbox); }

void OutboxMetrics::publish_owing(const void* outbox, bool owes) { journaling_log_.published(outbox, owes); }

void OutboxMetrics::publish(const void* outbox, std::chrono::milliseconds oldest_pending) {
  {
    const std::lock_guard lock(mutex_);
    oldest_by_outbox_[outbox] = oldest_pending;
  }
  oldest_.set(std::chrono::duration<double>(this->oldest_pending()).count());
  const auto now = SteadyClock::now();
  resend_log_.look(now);
  journaling_log_.look(now);
}

void OutboxMetrics::publish(const JournalFigures& journal) {
  const std::lock_guard lock(mutex_);
  journal_works_.set(journal.state == JournalState::working ? 1 : 0);
  for (const JournalState state :
       {JournalState::working, JournalState::full, JournalState::stalled, JournalState::failed}) {
    metrics_.gauge("cartd_journal_state", "1 for the state that the journal is in", {{"state", to_string(state)}})
        .set(journal.state == state ? 1 : 0);
  }
  journal_records_.set(static_cast<double>(journal.live_records));
  journal_bytes_.set(static_cast<double>(journal.live_bytes));
  journal_max_bytes_.set(static_cast<double>(journal.max_bytes));
  journal_writing_.set(std::chrono::duration<double>(journal.writing_for).count());
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
