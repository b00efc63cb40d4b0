// A cart with all that a store keeps of it, so that another store can keep the same: its record, and the contents of
// its checkouts. Plain values. Pure.
#pragma once

#include "domain/checkout.h"
#include "domain/edits.h"
#include "domain/record.h"
#include "domain/time.h"

#include <memory>
#include <vector>

namespace cartd {

struct KeptCart {
  CartRecord record;
  /// What the notes in the record stand for, as far as it is there; none is null.
  std::vector<std::shared_ptr<const Checkout>> checkouts{};
};

/// What counts of it at `now`: without the content of a cart whose time is over, and without what may be forgotten by
/// then. What is in no order is sorted, and `forget_at` is never nothing: so that two stores that keep the same give
/// the same.
KeptCart kept_at(KeptCart kept, Time now, Millis replay_horizon);

/// False when nothing is left but what makes retries harmless: the cart was deleted or has expired, and has no orders
/// and no transfers.
bool has_content(const KeptCart& kept);

/// Whether two stores keep the same of a cart; both come from kept_at(). Leaves out when it may be forgotten, and the
/// times of a cart of version 0: plain clients wrote it, and the store that it was moved to had to give it some.
bool is_same(const KeptCart& a, const KeptCart& b);

/// Whether every command that `a` has had, `b` has had, too.
bool is_before(const CartRecord& a, const CartRecord& b);

/// A cart of version 0 without times is one that plain clients wrote. No store but Redis keeps what has no expiry: so
/// it gets what its first command would give it.
void give_times(KeptCart& kept, Time now, Millis ttl, Millis replay_horizon);

/// The edits that make `to` of `base`, as it is at `now`.
RecordEdits edits_between(const KeptCart& base, const KeptCart& to, Time now);

}  // namespace cartd
