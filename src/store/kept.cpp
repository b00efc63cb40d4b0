#include "store/kept.h"

#include "runtime/all_of.h"

#include <memory>
#include <utility>

namespace cartd {
namespace {

Error keeps_changing() { return {Errc::unavailable, "other clients keep changing this cart; nothing was done"}; }

}  // namespace

boost::asio::awaitable<Result<LoadedKept>> load_kept(CartStore& store, CartId id, Deadline deadline) {
  Result<Loaded> loaded = co_await store.load(std::move(id), deadline);
  if (!loaded) co_return loaded.error();
  Loaded found = std::move(*loaded);
  co_return co_await complete_kept(store, std::move(found), deadline);
}

boost::asio::awaitable<Result<LoadedKept>> complete_kept(CartStore& store, Loaded loaded, Deadline deadline) {
  for (;;) {
    const CartRecord& record = loaded.snapshot->record;
    KeptCart kept{record};
    for (const CheckoutNote& note : record.checkouts) {
      auto content = co_await store.find_checkout(note.id, deadline);
      if (!content) co_return content.error();
      if (*content) kept.checkouts.push_back(std::move(*content));
    }
    if (record.checkouts.empty()) co_return LoadedKept{std::move(kept), loaded.snapshot, loaded.now};
    // Contents stand beside the record: they belong to it if it is still the same.
    Result<Loaded> again = co_await store.load(record.cart.id, deadline);
    if (!again) co_return again.error();
    if (again->snapshot->token == loaded.snapshot->token) {
      LoadedKept complete{std::move(kept), again->snapshot, again->now};
      complete.kept.record = again->snapshot->record;
      co_return complete;
    }
    if (Deadline::clock::now() >= deadline) co_return keeps_changing();
    loaded = std::move(*again);
  }
}

boost::asio::awaitable<std::vector<Result<LoadedKept>>> complete_all_kept(CartStore& store, std::vector<Loaded> loaded,
                                                                          Deadline deadline) {
  std::vector<Result<LoadedKept>> all(loaded.size(), Error{Errc::unavailable, ""});
  const auto complete = [&store, deadline](Loaded one, Result<LoadedKept>& result) -> boost::asio::awaitable<void> {
    result = co_await complete_kept(store, std::move(one), deadline);
  };
  std::vector<boost::asio::awaitable<void>> with_checkouts;
  for (std::size_t i = 0; i < loaded.size(); ++i) {
    const CartRecord& record = loaded[i].snapshot->record;
    if (record.checkouts.empty()) all[i] = LoadedKept{KeptCart{record}, loaded[i].snapshot, loaded[i].now};
    else with_checkouts.push_back(complete(std::move(loaded[i]), all[i]));
  }
  if (!with_checkouts.empty()) co_await all_of(std::move(with_checkouts));
  co_return all;
}

boost::asio::awaitable<Result<PutOutcome>> put_kept(CartStore& store, KeptCart kept, MayReplace may_replace,
                                                    const Policy& policy, Time now, Deadline deadline) {
  const Millis horizon = policy.limits.replay_horizon;
  const CartId id = kept.record.cart.id;
  kept = kept_at(std::move(kept), now, horizon);
  give_times(kept, now, policy.ttl.ttl_of(id).filled, horizon);
  for (const auto& checkout : kept.checkouts)
    if (!store.can_keep(id, checkout->id))
      co_return Error{Errc::invalid, "this store cannot keep the checkout " + checkout->id.str() +
                                         " beside its cart: another store made its id"};
  // Most carts are not there.
  LoadedKept there{KeptCart{CartRecord{Cart{id}}}, std::make_shared<const Snapshot>(CartRecord{Cart{id}}), now};
  bool is_known = false;
  // What is gone takes the place of something, or does nothing.
  if (!has_content(kept)) {
    Result<LoadedKept> loaded = co_await load_kept(store, id, deadline);
    if (!loaded) co_return loaded.error();
    there = std::move(*loaded);
    is_known = true;
  }
  for (;;) {
    const bool is_absent = there.snapshot->token == 0 && !has_content(there.kept);
    if (is_known && !is_absent) {
      const KeptCart counts = kept_at(there.kept, there.now, horizon);
      if (is_same(counts, kept)) co_return PutOutcome::same;
      const bool has_passed = !has_content(counts) && is_before(counts.record, kept.record);
      if (!has_passed && (!may_replace || !may_replace(counts))) co_return PutOutcome::other;
    }
    if (is_absent && !has_content(kept)) co_return PutOutcome::too_late;
    CommitRequest request{id, there.snapshot, edits_between(there.kept, kept, there.now), false, deadline};
    const Result<Committed> committed = co_await store.commit(std::move(request));
    if (!committed) co_return committed.error();
    if (committed->was_current) co_return PutOutcome::written;
    if (Deadline::clock::now() >= deadline) co_return keeps_changing();
    Loaded found{committed->snapshot, true, committed->now, committed->position};
    Result<LoadedKept> complete = co_await complete_kept(store, std::move(found), deadline);
    if (!complete) co_return complete.error();
    there = std::move(*complete);
    is_known = true;
  }
}

}  // namespace cartd
