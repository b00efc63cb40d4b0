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
      oldest_(metrics.gauge("cartd_outbox_oldest_pending_seconds", "Age of the oldest pending change", {})) {}

void OutboxMetrics::publish(const void* outbox, std::chrono::milliseconds oldest_pending) {
  const std::lock_guard lock(mutex_);
  oldest_by_outbox_[outbox] = oldest_pending;
  std::chrono::milliseconds oldest{0};
  for (const auto& [which, age] : oldest_by_outbox_) oldest = std::max(oldest, age);
  pending_.set(static_cast<double>(pending.load(std::memory_order_relaxed)));
  unsettled_.set(static_cast<double>(unsettled.load(std::memory_order_relaxed)));
  oldest_.set(std::chrono::duration<double>(oldest).count());
}

}  // namespace cartd
