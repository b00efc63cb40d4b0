// Whole carts out of a store and into one, by its own load() and commit(): there is no second way to write a record.
#pragma once

#include "domain/kept_cart.h"
#include "domain/limits.h"
#include "store/cart_store.h"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <vector>

namespace cartd {

/// A record with the contents of its checkouts, all of one moment, and when that was by the store's clock.
struct LoadedKept {
  KeptCart kept;
  SnapshotPtr snapshot;
  Time now;
};

/// The store is asked again where the record changed meanwhile. Errors: those of load() and find_checkout().
boost::asio::awaitable<Result<LoadedKept>> load_kept(CartStore& store, CartId id, Deadline deadline);
/// The same, of a record that was just read; costs nothing where it has no checkouts.
boost::asio::awaitable<Result<LoadedKept>> complete_kept(CartStore& store, Loaded loaded, Deadline deadline);
/// The same of several at once, in their order.
boost::asio::awaitable<std::vector<Result<LoadedKept>>> complete_all_kept(CartStore& store, std::vector<Loaded> loaded,
                                                                          Deadline deadline);

enum class PutOutcome {
  written,
  same,      ///< It was there already.
  other,     ///< Another state is there. Nothing was done.
  too_late,  ///< Nothing of it counts any more at this time. Nothing was done.
};

/// Says whether a state that is there, as kept_at() gives it, may be replaced.
using MayReplace = std::function<bool(const KeptCart& there)>;

/// Puts the cart into the store where there is none, or where `may_replace` says so of what there is; null: never. It
/// is as it was: version, times, applied sequences and keys. Errors: those of load() and commit(), and Errc::invalid:
/// this store cannot keep it. `policy` and `store` outlive the call.
boost::asio::awaitable<Result<PutOutcome>> put_kept(CartStore& store, KeptCart kept, MayReplace may_replace,
                                                    const Policy& policy, Time now, Deadline deadline);

}  // namespace cartd
