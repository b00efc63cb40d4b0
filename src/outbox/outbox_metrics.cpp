#include "outbox/outbox_metrics.h"

#include <algorithm>

namespace cartd {

using SteadyClock = std::chrono::steady_clock;

OutboxMetrics::OutboxMetrics(Metrics& metrics, std::size_t memory_limit, JournalingLog::Place place)
    : pending(metrics.up_down_counter("cartd_outbox_pending", "Changes that may not be in the store yet", {})),
      acknowledged(metrics.up_down_counter("cartd_outbox_acknowledged_pending",
                                           "Changes not yet in the store whose clients have their answer", {})),
      unconfirmed(metrics.up_down_counter("cartd_outbox_unconfirmed",
                                          "Changes in the store that one more failure could undo", {})),
      memory_refusals(metrics.counter("cartd_outbox_memory_refusals_total",
                                      "Changes refused because --outbox-memory was used up", {})),
      memory_(metrics.up_down_counter("cartd_outbox_memory_bytes",
                                      "Memory of the changes that wait for the store or are unconfirmed", {})),
      replayed_(metrics.counter("cartd_outbox_replayed_total", "Changes resent or sent late, and applied", {})),
      deduplicated_(metrics.counter("cartd_outbox_deduplicated_total",
                                    "Changes resent or sent late that were already there", {})),
      dropped_(metrics.counter("cartd_outbox_dropped_total",
                               "Changes dropped from the failover buffer because it was full", {})),
      resent_(metrics.counter("cartd_outbox_resent_total",
                              "Acknowledged changes resent because Redis restarted or failed over", {})),
      restored_(
          metrics.counter("cartd_outbox_restored_total", "Acknowledged changes that Redis had lost and has again", {})),
      acknowledged_from_journal_(
          metrics.counter("cartd_outbox_journal_acknowledged_total", "Changes acknowledged from the journal", {})),
      acknowledged_from_memory_(metrics.counter("cartd_outbox_memory_acknowledged_total",
                                                "Changes acknowledged from memory while the store was away", {})),
      dead_letters_counted_(metrics.counter("cartd_outbox_dead_letters_total", "Changes that became dead letters", {})),
      oldest_(metrics.gauge("cartd_outbox_oldest_pending_seconds",
                            "Age of the oldest change not yet in the store whose client has its answer", {})),
      metrics_(metrics),
      journal_works_(metrics.gauge("cartd_journal_works", "1 while the journal takes changes", {})),
      journal_records_(metrics.gauge("cartd_journal_records", "Changes in the journal", {})),
      journal_bytes_(metrics.gauge("cartd_journal_bytes", "Bytes of the changes and dead letters in the journal", {})),
      journal_max_bytes_(metrics.gauge("cartd_journal_max_bytes", "Limit of cartd_journal_bytes (--max-journal)", {})),
      journal_writing_(
          metrics.gauge("cartd_journal_writing_seconds", "How long the current write to the journal has taken", {})),
      dead_letters_(metrics.gauge("cartd_journal_dead_letters", "Dead letters that wait for an operator", {})),
      journal_appended_(metrics.counter("cartd_journal_appended_total", "Changes written to the journal", {})),
      journal_fsyncs_(metrics.counter("cartd_journal_fsyncs_total", "Groups of changes synced to the disk", {})),
      journaling_log_(place) {
  metrics.gauge("cartd_outbox_memory_limit_bytes", "Limit of cartd_outbox_memory_bytes (--outbox-memory)", {})
      .set(static_cast<double>(memory_limit));
}

void OutboxMetrics::publish(const void* outbox, const OutboxFigures& before, const OutboxFigures& after) {
  const auto level = [](UpDownCounter& counter, std::size_t was, std::size_t is) {
    if (is != was) counter.add(static_cast<double>(is) - static_cast<double>(was));
  };
  const auto count = [](Counter& counter, std::uint64_t more) {
    if (more > 0) counter.add(static_cast<double>(more));
    return more;
  };
  level(pending, before.pending, after.pending);
  level(acknowledged, before.acknowledged, after.acknowledged);
  level(unconfirmed, before.unconfirmed, after.unconfirmed);
  level(memory_, before.memory, after.memory);
  count(replayed_, after.replayed - before.replayed);
  count(deduplicated_, after.deduplicated - before.deduplicated);
  count(dropped_, after.dropped - before.dropped);

  const auto now = SteadyClock::now();
  const std::uint64_t restored = count(restored_, after.restored - before.restored);
  const std::uint64_t ended = after.resend_ended - before.resend_ended;
  if (const std::uint64_t resent = count(resent_, after.resent - before.resent)) resend_log_.resent(resent, now);
  for (std::uint64_t i = 0; i < ended; ++i) resend_log_.ended(i < restored, now);

  if (const std::uint64_t recovered = after.recovered - before.recovered)
    journaling_log_.recovered(outbox, recovered, now);
  const std::uint64_t kept = count(acknowledged_from_journal_, after.journaled - before.journaled) +
                             count(acknowledged_from_memory_, after.remembered - before.remembered);
  for (std::uint64_t i = 0; i < kept; ++i) journaling_log_.accepted(outbox, now);
  if (after.delivered != before.delivered) journaling_log_.delivered(now);
  const std::uint64_t dead_letters = count(dead_letters_counted_, after.dead_letters - before.dead_letters);
  for (std::uint64_t i = 0; i < dead_letters; ++i) journaling_log_.dead_lettered();
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
    metrics_.gauge("cartd_journal_state", "1 for the current state of the journal", {{"state", to_string(state)}})
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
