#include "service/transfers.h"

#include "service/idempotency.h"
#include "util/base64url.h"

#include <algorithm>
#include <array>
#include <random>
#include <utility>

namespace cartd {
namespace {

/// Other attempts at the same source, which come first.
constexpr int attempts = 5;

Error store_away() { return {Errc::degraded, "the store is unreachable and a merge needs it; ask again"}; }

/// What went wrong with a step after the first.
Error begun_but(Error error) {
  if (error.code != Errc::degraded && error.code != Errc::unavailable) return error;
  return {error.code, "the merge has begun, and the store is unreachable; the next attempt goes on with it"};
}

std::string random_text() {
  std::array<unsigned char, 12> bytes{};
  std::random_device random;
  for (unsigned char& byte : bytes) byte = static_cast<unsigned char>(random());
  return util::base64url(bytes, 16);
}

/// A version names one state of the source, so that a late retry is recognized.
std::string id_of(const MergeRequest& request) {
  const bool is_of_version = request.source_version && !request.lines;
  return transfer_id(request.source, is_of_version ? 'v' + std::to_string(*request.source_version) : random_text());
}

/// The client's key, with a fingerprint of all that is asked for but the version.
std::optional<Idempotency> key_of(const CartId& target, const MergeRequest& request) {
  if (!request.key) return std::nullopt;
  const std::string source = transfer_prefix(request.source);
  return idempotency_of(*request.key, BeginTransfer{source, target, request.policy, request.lines});
}

const RememberedKey* find_key(const CartRecord& record, const std::optional<Idempotency>& key) {
  if (!key) return nullptr;
  const auto found = std::find_if(record.keys.begin(), record.keys.end(),
                                  [&](const RememberedKey& one) { return one.idempotency.key == key->key; });
  return found == record.keys.end() ? nullptr : &*found;
}

bool has_taken_from(const CartRecord& record, const CartId& source) {
  const std::string prefix = transfer_prefix(source);
  return std::any_of(record.taken.begin(), record.taken.end(),
                     [&](const TakenTransfer& one) { return one.id.starts_with(prefix); });
}

}  // namespace

boost::asio::awaitable<Result<MergeResult>> Transfers::merge(CartId target, MergeRequest request) const {
  if (target == request.source) co_return Error{Errc::invalid, "a cart cannot be merged with itself", "/from"};
  const std::string id = id_of(request);
  const std::optional<Idempotency> key = key_of(target, request);
  for (int attempt = 1; attempt <= attempts; ++attempt) {
    auto before = co_await find_(target);
    if (!before) co_return before.error();
    if (before->degraded) co_return store_away();
    const RememberedKey* const remembered = find_key(*before->record, key);
    if (remembered && remembered->idempotency.fingerprint != key->fingerprint)
      co_return Error{Errc::idempotency_mismatch, "this Idempotency-Key was used for another command"};
    if (remembered || has_taken(before->record->taken, id))
      co_return co_await replay(std::move(request.source), std::move(*before));
    BeginTransfer first{id, target, request.policy, request.lines, key};
    auto merged = co_await try_once(request.source, std::move(first), request.source_version);
    if (!merged) co_return merged.error();
    if (*merged) co_return std::move(**merged);
  }
  co_return Error{Errc::unavailable, "other merges of this cart keep coming first; nothing was done"};
}

/// It was done before. Its last step may be missing.
boost::asio::awaitable<Result<MergeResult>> Transfers::replay(CartId source, CartView target) const {
  const auto found = co_await find_(source);
  if (!found) co_return found.error();
  if (!found->degraded && found->record->transfer && has_taken(target.record->taken, found->record->transfer->id)) {
    const Result<void> finished = co_await finish(std::move(source), found->record->transfer);
    if (!finished) co_return finished.error();
  }
  co_return MergeResult{std::move(target), {}, true};
}

/// Nothing when another transfer came first, which is finished now.
boost::asio::awaitable<Result<std::optional<MergeResult>>> Transfers::try_once(
    CartId source, BeginTransfer first, std::optional<std::uint64_t> source_version) const {
  using Merged = std::optional<MergeResult>;
  BeginTransfer wanted = first;
  Change change{std::move(first), source_version};
  auto begun = co_await change_(source, std::move(change), Detail::version);
  if (!begun) {
    auto done = co_await done_meanwhile(std::move(source), std::move(wanted), std::move(begun).error());
    if (!done) co_return done.error();
    co_return Merged(std::move(*done));
  }
  auto transfer = co_await under_way(source, std::move(*begun));
  if (!transfer) co_return transfer.error();
  if (!*transfer) co_return Merged();
  const bool is_ours = (*transfer)->id == wanted.id || (wanted.key && (*transfer)->key == wanted.key);
  auto done = co_await go_on(std::move(source), std::move(*transfer));
  if (!done) co_return begun_but(std::move(done).error());
  co_return is_ours ? Merged(std::move(*done)) : Merged();
}

/// Another attempt at the same was faster, where the source has no such lines, or another version, any more. Else the
/// source's `refusal`.
boost::asio::awaitable<Result<MergeResult>> Transfers::done_meanwhile(CartId source, BeginTransfer wanted,
                                                                      Error refusal) const {
  if (refusal.code != Errc::not_found && refusal.code != Errc::version_mismatch) co_return refusal;
  auto found = co_await find_(wanted.target);
  if (!found) co_return found.error();
  if (found->degraded) co_return store_away();
  const CartRecord& record = *found->record;
  const bool took_all = refusal.code == Errc::not_found && !wanted.lines && has_taken_from(record, source);
  if (!took_all && !has_taken(record.taken, wanted.id) && !find_key(record, wanted.key)) co_return refusal;
  co_return MergeResult{std::move(*found), {}, true};
}

/// The second step and the third.
boost::asio::awaitable<Result<MergeResult>> Transfers::go_on(CartId source,
                                                             std::shared_ptr<const Transfer> transfer) const {
  auto taken = co_await take(transfer);
  if (!taken) co_return taken.error();
  const bool has_it = taken->outcome.has_it;
  Change last{FinishTransfer{std::move(transfer), has_it}};
  const auto finished = co_await change_(std::move(source), std::move(last), Detail::version);
  if (!finished) co_return finished.error();
  co_return MergeResult{std::move(taken->target), std::move(taken->outcome.capped), !has_it};
}

/// The transfer that the source has under way after the first step; null: none.
boost::asio::awaitable<Result<std::shared_ptr<const Transfer>>> Transfers::under_way(CartId source,
                                                                                     ChangeResult begun) const {
  if (begun.transfer || begun.effect != Effect::duplicate) co_return std::move(begun.transfer);
  // The first answer was lost, and the command was found done when it was sent again.
  const auto found = co_await find_(std::move(source));
  if (!found) co_return found.error();
  if (found->degraded) co_return store_away();
  co_return found->record->transfer;
}

boost::asio::awaitable<Result<Transfers::Taken>> Transfers::take(std::shared_ptr<const Transfer> transfer) const {
  const CartId target = transfer->target;
  const std::string id = transfer->id;
  Change change{TakeTransfer{std::move(transfer)}};
  auto changed = co_await change_(target, std::move(change), Detail::full);
  if (!changed) co_return changed.error();
  if (changed->taken) co_return Taken{std::move(changed->view), *changed->taken};
  auto found = co_await find_(target);
  if (!found) co_return found.error();
  if (found->degraded) co_return store_away();
  const bool has_it = has_taken(found->record->taken, id);
  co_return Taken{std::move(*found), TransferOutcome{has_it}};
}

boost::asio::awaitable<Result<void>> Transfers::finish(CartId source, std::shared_ptr<const Transfer> transfer) const {
  const auto finished = co_await go_on(std::move(source), std::move(transfer));
  if (!finished) co_return finished.error();
  co_return Result<void>();
}

}  // namespace cartd
