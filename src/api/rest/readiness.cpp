#include "api/rest/readiness.h"

namespace cartd::rest {

Readiness judge_readiness(const StoreReport& store, const std::optional<JournalReport>& journal, bool stopping) {
  const bool journal_takes_changes = journal && journal->working;
  const bool ready = !stopping && (journal ? journal_takes_changes : store.ready);
  Readiness readiness{stopping      ? "stopping"
                      : !ready      ? "unavailable"
                      : store.ready ? "ready"
                                    : "degraded",
                      ready ? 200U : 503U};
  if (!store.ready) readiness.degraded.push_back("store");
  if (journal && !journal_takes_changes) readiness.degraded.push_back("journal");
  return readiness;
}

}  // namespace cartd::rest
