#include "store/execute.h"

#include <chrono>
#include <utility>

namespace cartd {
namespace {

Applied applied(const Snapshot& after, Time now, const Outcome& outcome, Answer wanted, WritePosition position) {
  Applied answer{Cart{after.record.cart.id}, outcome, position, after.record.applied_sequences};
  if (wanted == Answer::full) answer.cart = visible(after.record, now);
  else answer.cart.version = after.record.cart.version;
  return answer;
}

}  // namespace

Execution::Step Execution::loaded(Result<Loaded> loaded, Time now) {
  if (!loaded) return end(loaded.error());
  base_ = std::move(*loaded);
  const ApplyContext context{request_.command_id,
                             now,
                             policy_.ttl.ttl_of(request_.cart),
                             policy_.limits,
                             request_.required,
                             request_.enforce_preconditions,
                             base_.now};
  Result<Decision> decision = decide(base_.snapshot->record, request_.change, context);
  if (decision && !decision->edits.empty()) {
    decision_ = std::move(*decision);
    decision_.outcome.found_expired |= base_.snapshot->has_expired;
    return Step::commit;
  }
  if (!base_.is_current) return Step::load;
  if (!decision) return end(decision.error());
  decision->outcome.found_expired |= base_.snapshot->has_expired;
  return end(applied(*base_.snapshot, base_.now, decision->outcome, request_.answer, base_.position));
}

Execution::Step Execution::committed(Result<Committed> committed, Time now) {
  if (!committed) return end(committed.error());
  if (committed->was_current)
    return end(applied(*committed->snapshot, now, decision_.outcome, request_.answer, committed->position));
  if (std::chrono::steady_clock::now() >= request_.deadline)
    return end(Error{Errc::unavailable, "other clients keep changing this cart; nothing was done"});
  return loaded(Loaded{std::move(committed->snapshot), true, committed->now, committed->position}, now);
}

CommitRequest Execution::take_commit() {
  return {request_.cart, std::move(base_.snapshot), std::move(decision_.edits), request_.answer == Answer::full,
          request_.deadline};
}

Result<Applied> Execution::take_result() { return std::move(*result_); }

Execution::Step Execution::end(Result<Applied> result) {
  result_ = std::move(result);
  return Step::done;
}

boost::asio::awaitable<Result<Applied>> execute(CartStore& store, const ApplyRequest& request, const Policy& policy,
                                                const Clock& clock) {
  Execution execution(request, policy);
  Execution::Step step = Execution::Step::load;
  // What expired meanwhile is for the store to say.
  if (auto known = store.known(request.cart); known && !is_expired(known->snapshot->record.cart, now_ms(clock)))
    step = execution.loaded(std::move(*known), now_ms(clock));
  while (step != Execution::Step::done) {
    if (step == Execution::Step::load) {
      Result<Loaded> loaded = co_await store.load(request.cart, request.deadline);
      step = execution.loaded(std::move(loaded), now_ms(clock));
    } else {
      CommitRequest commit = execution.take_commit();
      Result<Committed> committed = co_await store.commit(std::move(commit));
      step = execution.committed(std::move(committed), now_ms(clock));
    }
  }
  co_return execution.take_result();
}

boost::asio::awaitable<Result<Shown>> show(CartStore& store, CartId id, Deadline deadline) {
  auto known = store.known(id);
  Result<Loaded> loaded = Error{Errc::unavailable, ""};
  if (known && known->is_current) loaded = std::move(*known);
  else loaded = co_await store.load(std::move(id), deadline);
  if (!loaded) co_return loaded.error();
  const CartRecord& record = loaded->snapshot->record;
  co_return Shown{visible(record, loaded->now), record.applied_sequences};
}

}  // namespace cartd
