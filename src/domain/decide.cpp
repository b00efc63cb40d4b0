#include "domain/decide.h"

#include "domain/decide_checkout.h"
#include "domain/decide_transfer.h"
#include "domain/draft.h"
#include "util/json_merge_patch.h"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

namespace cartd {
namespace {

Error metadata_too_long(const char* limit, std::size_t most) {
  return Error{Errc::limit_exceeded, "the metadata would have more than " + std::to_string(most) + " bytes",
               "/metadata", limit};
}

/// One line command after another. Answers whether anything changed, or the limit that stands in the way; then the
/// draft is half done, and to be dropped.
struct LineCommandEffect {
  Draft& draft;
  bool was_accepted;  ///< Earlier; only its effect is to be found.

  Result<bool> operator()(const Add& add) const {
    return draft.put(add.line, add.quantity + draft.line(add.line).quantity, add.details);
  }

  Result<bool> operator()(const Remove& remove) const {
    LineEdit& line = draft.line(remove.line);
    if (line.quantity <= remove.quantity) return draft.drop(line);
    line.quantity -= remove.quantity;
    return true;
  }

  Result<bool> operator()(const RemoveLine& remove) const { return draft.drop(draft.line(remove.line)); }

  Result<bool> operator()(const Set& set) const {
    return set.quantity == 0 ? Result<bool>(draft.drop(draft.line(set.line)))
                             : draft.put(set.line, set.quantity, set.details);
  }

  Result<bool> operator()(const Describe& describe) const {
    LineEdit& line = draft.line(describe.line);
    // What was accepted before, for a line that has gone meanwhile, has nothing left to do.
    if (line.quantity == 0 && !was_accepted) return Error{Errc::not_found, "the cart has no such line"};
    if (line.quantity == 0) return false;
    DetailsPatch details = describe.details;
    if (details.metadata && details.merges_metadata) {
      details.metadata = util::merge_patch(line.details ? line.details->metadata : "", *details.metadata);
      const std::size_t most = draft.limits().max_line_metadata_bytes;
      if (details.metadata->size() > most) return metadata_too_long("line_metadata_bytes", most);
    }
    return draft.describe(line, details);
  }

  Result<bool> operator()(const Reprice& reprice) const {
    LineEdit& line = draft.line(reprice.line);
    return line.quantity != 0 && draft.reprice(line, reprice.unit_price);
  }

  Result<bool> operator()(const Clear&) const { return draft.drop_all_lines(); }
};

/// For what was accepted before. A line still holds no more than can be read back.
const Limits no_limits = [] {
  Limits limits;
  limits.max_lines = std::numeric_limits<std::size_t>::max();
  limits.max_quantity = max_readable_quantity;
  limits.max_line_metadata_bytes = std::numeric_limits<std::size_t>::max();
  limits.max_cart_metadata_bytes = std::numeric_limits<std::size_t>::max();
  return limits;
}();

/// The members of a cart but its lines. `created` and so on are as they will be.
struct Members {
  explicit Members(const Cart& cart)
      : created_at(cart.created_at),
        updated_at(cart.updated_at),
        expires_at(cart.expires_at),
        owner(cart.owner),
        kind(cart.kind),
        metadata(&cart.metadata) {}

  std::optional<Time> created_at;
  std::optional<Time> updated_at;
  std::optional<Time> expires_at;
  std::optional<UserId> owner;
  std::optional<CartKind> kind;
  const std::string* metadata;    ///< Of the cart that was there, or …
  std::string merged_metadata{};  ///< … this.
};

struct CommandEffect {
  Draft& draft;
  Members& members;
  const CheckoutScene& scene;
  CheckoutEffect& checkout;
  const TransferScene& transfer_scene;
  TransferEffect& transfer;
  bool was_accepted;

  Result<bool> operator()(const Batch& batch) const {
    const LineCommandEffect effect{draft, was_accepted};
    if (batch.commands.size() == 1) return std::visit(effect, batch.commands.front());
    bool changed = false;
    for (std::size_t i = 0; i < batch.commands.size(); ++i) {
      const Result<bool> done = std::visit(effect, batch.commands[i]);
      if (!done) {
        Error error = done.error();
        error.pointer = "/" + std::to_string(i) + error.pointer;
        return error;
      }
      changed |= *done;
    }
    return changed;
  }

  Result<bool> operator()(const Annotate& annotate) const {
    bool changed =
        (annotate.owner && *annotate.owner != members.owner) || (annotate.kind && *annotate.kind != members.kind);
    if (annotate.metadata) {
      std::string merged =
          annotate.metadata->empty() ? std::string() : util::merge_patch(*members.metadata, *annotate.metadata);
      const std::size_t most = draft.limits().max_cart_metadata_bytes;
      if (merged.size() > most) return metadata_too_long("cart_metadata_bytes", most);
      changed |= merged != *members.metadata;
      members.merged_metadata = std::move(merged);
      members.metadata = &members.merged_metadata;
    }
    if (annotate.owner) members.owner = *annotate.owner;
    if (annotate.kind) members.kind = *annotate.kind;
    return changed;
  }

  Result<bool> operator()(const Delete&) const {
    // A cart that was adopted from elsewhere may have nothing but an owner or metadata.
    const bool changed =
        members.created_at || draft.line_count() != 0 || members.owner || members.kind || !members.metadata->empty();
    draft.drop_all_lines();
    members.created_at.reset();
    members.updated_at.reset();
    members.expires_at.reset();
    members.owner.reset();
    members.kind.reset();
    members.metadata = &members.merged_metadata;
    return changed;
  }

  Result<bool> operator()(const Touch&) const { return false; }

  Result<bool> operator()(const BeginCheckout& begin) const { return take(begin_checkout(begin, scene)); }
  Result<bool> operator()(const CompleteCheckout& complete) const { return take(complete_checkout(complete, scene)); }
  Result<bool> operator()(const AbortCheckout& abort) const { return take(abort_checkout(abort, scene)); }

  Result<bool> operator()(const BeginTransfer& begin) const { return take(begin_transfer(begin, transfer_scene)); }
  Result<bool> operator()(const TakeTransfer& take_it) const { return take(take_transfer(take_it, transfer_scene)); }
  Result<bool> operator()(const FinishTransfer& finish) const { return take(finish_transfer(finish, transfer_scene)); }

 private:
  Result<bool> take(Result<TransferEffect> effect) const {
    if (!effect) return effect.error();
    transfer = std::move(*effect);
    return transfer.lines_changed;
  }
  Result<bool> take(Result<CheckoutEffect> effect) const {
    if (!effect) return effect.error();
    checkout = std::move(*effect);
    return checkout.lines_changed;
  }
};

Time renewed(std::optional<Time> expires_at, Time now, Millis ttl) {
  const Time wanted = now + ttl;
  return expires_at && std::chrono::abs(wanted - *expires_at) <= ttl / 100 ? *expires_at : wanted;
}

/// No command of this producer, other than the one that is decided, can come any more.
bool is_dead(ProducerId producer, const ApplyContext& context) {
  const auto names = [producer](const AppliedSequence& last) { return last.producer == producer; };
  return producer != context.command_id.producer && std::ranges::binary_search(context.dead_producers, producer) &&
         std::ranges::none_of(context.required, names);
}

void leave_sequence(RecordEdits& edits, const std::vector<AppliedSequence>& applied_sequences,
                    const ApplyContext& context) {
  edits.applied_sequences.push_back({context.command_id.producer, context.command_id.sequence});
  const bool is_known =
      std::any_of(applied_sequences.begin(), applied_sequences.end(),
                  [&](const AppliedSequence& last) { return last.producer == context.command_id.producer; });
  const bool makes_room = !is_known && applied_sequences.size() >= context.limits.max_producers;
  const auto oldest_kept = std::chrono::duration_cast<std::chrono::microseconds>(
                               (context.now - context.limits.replay_horizon).time_since_epoch())
                               .count();
  for (const AppliedSequence& last : applied_sequences) {
    const bool is_too_old = makes_room && static_cast<std::int64_t>(last.sequence) < oldest_kept;
    if (is_too_old || is_dead(last.producer, context)) edits.dropped_producers.push_back(last.producer);
  }
}

bool is_fresh(const RememberedKey& key, Time now, const Limits& limits) { return key.at + limits.replay_horizon > now; }

void remember_key(RecordEdits& edits, const std::vector<RememberedKey>& keys, const Idempotency& idempotency,
                  const ApplyContext& context) {
  std::vector<const RememberedKey*> kept;
  for (const RememberedKey& key : keys) {
    if (key.idempotency.key == idempotency.key) continue;
    if (is_fresh(key, context.now, context.limits)) kept.push_back(&key);
    else edits.dropped_keys.push_back(key.idempotency.key);
  }
  std::sort(kept.begin(), kept.end(), [](const RememberedKey* a, const RememberedKey* b) {
    return std::tie(a->at, a->idempotency.key) < std::tie(b->at, b->idempotency.key);
  });
  const std::size_t most = std::max<std::size_t>(1, context.limits.max_idempotency_keys) - 1;
  for (std::size_t i = 0; i + most < kept.size(); ++i) edits.dropped_keys.push_back(kept[i]->idempotency.key);
  edits.keys.push_back({idempotency, context.now});
}

/// The edits that turn those of `before` into `members` and `version`.
void note_members(RecordEdits& edits, const Cart& before, const Members& members) {
  if (members.created_at != before.created_at) edits.created_at = members.created_at;
  if (members.updated_at != before.updated_at) edits.updated_at = members.updated_at;
  if (members.expires_at != before.expires_at) edits.expires_at = members.expires_at;
  if (members.owner != before.owner) edits.owner = members.owner;
  if (members.kind != before.kind) edits.kind = members.kind;
  if (*members.metadata != before.metadata) edits.metadata = *members.metadata;
}

}  // namespace

Result<Decision> decide(const CartRecord& record, const Change& change, const ApplyContext& context) {
  const Time now = context.now;
  const bool found_expired = is_expired(record.cart, context.store_now.value_or(now));

  const auto has = [&](ProducerId producer, std::uint64_t sequence) {
    return std::any_of(record.applied_sequences.begin(), record.applied_sequences.end(),
                       [&](const AppliedSequence& m) { return m.producer == producer && m.sequence >= sequence; });
  };
  if (has(context.command_id.producer, context.command_id.sequence)) return Decision{{Effect::duplicate}, {}};
  if (!std::all_of(context.required.begin(), context.required.end(),
                   [&](const AppliedSequence& m) { return has(m.producer, m.sequence); }))
    return Error{Errc::rolled_back, "the store has lost earlier changes"};

  bool replayed = false;
  if (change.idempotency) {
    const auto key = std::find_if(record.keys.begin(), record.keys.end(), [&](const RememberedKey& k) {
      return k.idempotency.key == change.idempotency->key && is_fresh(k, now, context.limits);
    });
    replayed = key != record.keys.end();
    if (replayed && key->idempotency.fingerprint != change.idempotency->fingerprint)
      return Error{Errc::idempotency_mismatch, "this Idempotency-Key was used for another command"};
  }

  if (!replayed && context.enforce_preconditions && change.expected_version &&
      *change.expected_version != record.cart.version) {
    Error error{Errc::version_mismatch, "the cart has another version"};
    error.current_version = record.cart.version;
    return error;
  }

  std::optional<Cart> next_life;
  if (found_expired) next_life.emplace(without_content(record.cart));
  const Cart& before = next_life ? *next_life : record.cart;

  Draft draft(before, now, context.enforce_preconditions ? context.limits : no_limits);
  Members members(before);
  Decision decision{{Effect::unchanged, found_expired}, {}};
  RecordEdits& edits = decision.edits;
  const std::shared_ptr<const Transfer> under_way = transfer_under_way(record, now);
  const CheckoutScene scene{before, record.checkouts, context, !context.enforce_preconditions, draft,
                            edits,  under_way.get()};
  CheckoutEffect checkout;
  const TransferScene transfer_scene{record, before, context, !context.enforce_preconditions, draft, edits};
  TransferEffect transfer;
  const CommandEffect effect{draft, members, scene, checkout, transfer_scene, transfer, !context.enforce_preconditions};
  const Result<bool> done = replayed ? Result<bool>(false) : std::visit(effect, change.command);
  if (!done) return done.error();
  const bool changed = *done;

  const bool record_changed = checkout.notes_changed || transfer.record_changed;
  if (changed || record_changed) decision.outcome.effect = Effect::changed;
  else if (replayed) decision.outcome.effect = Effect::replayed;
  decision.outcome.checkout = std::move(checkout.outcome);
  decision.outcome.transfer = edits.transfer ? *edits.transfer : under_way;
  decision.outcome.taken = std::move(transfer.taken);
  if (changed) edits.version = before.version + 1;
  const bool may_make_cart = !needs_store(change.command) || std::holds_alternative<TakeTransfer>(change.command);
  if (changed && !std::holds_alternative<Delete>(change.command) && (may_make_cart || exists(before))) {
    members.updated_at = now;
    if (!members.created_at) members.created_at = now;
  }
  const bool is_there = members.created_at || draft.line_count() != 0;
  edits.starts_anew = found_expired;
  if (!(changed || record_changed || is_there || change.idempotency)) return decision;

  // A cart can lose its last line behind our back, where plain clients write; then only its expiry is left of it.
  if (!exists(before)) members.expires_at.reset();
  if (is_there)
    members.expires_at =
        renewed(members.expires_at, now, context.ttl.of(draft.line_count() != 0, members.owner.has_value()));
  draft.finish(edits);
  note_members(edits, before, members);
  leave_sequence(edits, record.applied_sequences, context);
  if (change.idempotency && !replayed) remember_key(edits, record.keys, *change.idempotency, context);
  else if (const auto* take = std::get_if<TakeTransfer>(&change.command); take && take->transfer->key && record_changed)
    remember_key(edits, record.keys, *take->transfer->key, context);
  const Time forget_at = std::max(
      members.expires_at.value_or(now) + context.limits.replay_horizon,
      std::max(last_checkout_forgotten_at(record.checkouts, edits), last_transfer_forgotten_at(record, edits)));
  if (forget_at != record.forget_at) edits.forget_at = forget_at;
  return decision;
}

Result<Outcome> apply(CartRecord& record, const Change& change, const ApplyContext& context) {
  const Result<Decision> decision = decide(record, change, context);
  if (!decision) return decision.error();
  patch(record, decision->edits);
  return decision->outcome;
}

}  // namespace cartd
