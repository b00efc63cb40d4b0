#include "outbox/core/pending_ages.h"

#include "runtime/defect.h"

namespace cartd {

void PendingAges::move(std::optional<Second> before, std::optional<Second> now) {
  if (before == now) return;
  if (now) ++carts_[*now];
  if (!before) return;
  const auto found = carts_.find(*before);
  ensure(found != carts_.end(), "a cart whose oldest change is moved was counted");
  if (--found->second == 0) carts_.erase(found);
}

std::optional<PendingAges::Second> PendingAges::oldest() const {
  return carts_.empty() ? std::nullopt : std::optional(carts_.begin()->first);
}

}  // namespace cartd
