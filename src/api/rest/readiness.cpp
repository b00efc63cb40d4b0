#include "api/rest/readiness.h"

#include <optional>

namespace cartd::rest {

Readiness judge_readiness(const StoreReport& store, const OutboxReport& outbox, bool stopping) {
  const std::optional<JournalReport>& journal = outbox.journal;
  const bool journal_takes_changes = journal && journal->working;
  const bool has_memory = outbox.memory < outbox.max_memory;
  const bool ready =
      !stopping && has_memory && (journal ? journal_takes_changes : store.ready || outbox.takes_while_away);
  Readiness readiness{stopping      ? "stopping"
                      : !ready      ? "unavailable"
                      : store.ready ? "ready"
                                    : "degraded",
                      ready ? 200U : 503U};
  if (!store.ready) readiness.degraded.push_back("store");
  if (journal && !journal_takes_changes) readiness.degraded.push_back("journal");
  if (!has_memory) readiness.degraded.push_back("outbox");
  return readiness;
}

}  // namespace cartd::rest
