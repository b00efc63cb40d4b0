#include "domain/decide.h"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>
#include <variant>

namespace cartd {
namespace {

/// A cart that is being changed: the lines and members of the one that was there, with edits on top.
class Draft {
 public:
  Draft(const Cart& base, Time now, const Limits& limits)
      : base_(base), now_(now), limits_(limits), line_count_(base.lines.size()) {}

  /// The line as it is by now.
  LineEdit& line(const Sku& sku) {
    const auto found =
        std::find_if(lines_.begin(), lines_.end(), [&](const Entry& one) { return one.edit.sku == sku; });
    if (found != lines_.end()) return found->edit;
    const auto old =
        std::find_if(base_.lines.begin(), base_.lines.end(), [&](const Line& one) { return one.sku == sku; });
    return old == base_.lines.end() ? lines_.emplace_back(LineEdit{sku}, nullptr).edit : take_up(*old);
  }

  Result<bool> put(LineEdit& line, std::int64_t quantity, const std::optional<LineDetails>& given) {
    if (line.quantity == 0 && line_count_ >= limits_.max_lines)
      return Error{Errc::limit_exceeded, "a cart can have at most " + std::to_string(limits_.max_lines) + " lines",
                   "/sku", "lines"};
    auto details = details_after(line.details, given);
    const bool changed = line.quantity != quantity || line.details != details;
    if (line.quantity == 0) ++line_count_;
    line.quantity = quantity;
    line.details = std::move(details);
    return changed;
  }

  bool drop(LineEdit& line) {
    if (line.quantity == 0) return false;
    line.quantity = 0;
    line.details = nullptr;
    --line_count_;
    return true;
  }

  bool drop_all_lines() {
    const bool changed = line_count_ != 0;
    const bool is_untouched = lines_.empty();
    lines_.reserve(base_.lines.size() + lines_.size());
    for (const Line& old : base_.lines) is_untouched ? take_up(old) : line(old.sku);
    for (Entry& entry : lines_) drop(entry.edit);
    covers_all_lines_ = true;
    return changed;
  }

  std::size_t line_count() const { return line_count_; }
  const Limits& limits() const { return limits_; }

  /// Moves the lines' edits to `edits`.
  void finish(RecordEdits& edits) {
    edits.covers_all_lines = covers_all_lines_;
    edits.lines.reserve(lines_.size());
    for (Entry& entry : lines_) {
      entry.edit.details_changed = entry.old_details != entry.edit.details;
      edits.lines.push_back(std::move(entry.edit));
    }
  }

 private:
  struct Entry {
    Entry(LineEdit its_edit, std::shared_ptr<const LineDetails> its_old_details)
        : edit(std::move(its_edit)), old_details(std::move(its_old_details)) {}
    LineEdit edit;
    std::shared_ptr<const LineDetails> old_details;
  };

  LineEdit& take_up(const Line& old) {
    return lines_.emplace_back(LineEdit{old.sku, old.quantity, old.quantity, false, old.details}, old.details).edit;
  }

  /// The line's details after a command that carries `given`: added_at survives while the line has any.
  std::shared_ptr<const LineDetails> details_after(const std::shared_ptr<const LineDetails>& old,
                                                   const std::optional<LineDetails>& given) const {
    if (!given) return old;
    if (given->empty()) return nullptr;
    LineDetails details = *given;
    details.added_at = old ? old->added_at : now_;
    if (old && *old == details) return old;
    return std::make_shared<const LineDetails>(std::move(details));
  }

  const Cart& base_;
  Time now_;
  const Limits& limits_;
  boost::container::small_vector<Entry, 1> lines_{};
  std::size_t line_count_;
  bool covers_all_lines_ = false;
};

/// One line command after another. Answers whether anything changed, or the limit that stands in the way; then the
/// draft is half done, and to be dropped.
struct LineCommandEffect {
  Draft& draft;

  Result<bool> operator()(const Add& add) const {
    LineEdit& line = draft.line(add.sku);
    const std::int64_t quantity = add.quantity + line.quantity;
    if (quantity > draft.limits().max_quantity)
      return Error{Errc::limit_exceeded,
                   "a line can have at most " + std::to_string(draft.limits().max_quantity) + " pieces", "/quantity",
                   "quantity"};
    return draft.put(line, quantity, add.details);
  }

  Result<bool> operator()(const Remove& remove) const {
    LineEdit& line = draft.line(remove.sku);
    if (line.quantity <= remove.quantity) return draft.drop(line);
    line.quantity -= remove.quantity;
    return true;
  }

  Result<bool> operator()(const RemoveLine& remove) const { return draft.drop(draft.line(remove.sku)); }

  Result<bool> operator()(const Set& set) const {
    LineEdit& line = draft.line(set.sku);
    return set.quantity == 0 ? Result<bool>(draft.drop(line)) : draft.put(line, set.quantity, set.details);
  }

  Result<bool> operator()(const Clear&) const { return draft.drop_all_lines(); }
};

/// For what was accepted before. A line still holds no more than can be read back.
const Limits no_limits = [] {
  Limits limits;
  limits.max_lines = std::numeric_limits<std::size_t>::max();
  limits.max_quantity = max_readable_quantity;
  return limits;
}();

/// The members of a cart but its lines. `created` and so on are as they will be.
struct Members {
  explicit Members(const Cart& cart)
      : created_at(cart.created_at),
        updated_at(cart.updated_at),
        expires_at(cart.expires_at),
        owner(cart.owner),
        metadata(&cart.metadata) {}

  std::optional<Time> created_at;
  std::optional<Time> updated_at;
  std::optional<Time> expires_at;
  std::optional<UserId> owner;
  const std::string* metadata;  ///< Of the cart that was there, or of the command.
};

const std::string no_metadata;

struct CommandEffect {
  Draft& draft;
  Members& members;

  Result<bool> operator()(const Batch& batch) const {
    const LineCommandEffect effect{draft};
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
    const bool changed = (annotate.metadata && *annotate.metadata != *members.metadata) ||
                         (annotate.owner && *annotate.owner != members.owner);
    if (annotate.metadata) members.metadata = &*annotate.metadata;
    if (annotate.owner) members.owner = *annotate.owner;
    return changed;
  }

  Result<bool> operator()(const Delete&) const {
    const bool changed = members.created_at || draft.line_count() != 0;
    draft.drop_all_lines();
    members.created_at.reset();
    members.updated_at.reset();
    members.expires_at.reset();
    members.owner.reset();
    members.metadata = &no_metadata;
    return changed;
  }

  Result<bool> operator()(const Touch&) const { return false; }
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
  const CommandEffect effect{draft, members};
  const Result<bool> done = replayed ? Result<bool>(false) : std::visit(effect, change.command);
  if (!done) return done.error();
  const bool changed = *done;

  Decision decision{{changed ? Effect::changed : replayed ? Effect::replayed : Effect::unchanged, found_expired}, {}};
  RecordEdits& edits = decision.edits;
  if (changed) edits.version = before.version + 1;
  if (changed && !std::holds_alternative<Delete>(change.command)) {
    members.updated_at = now;
    if (!members.created_at) members.created_at = now;
  }
  const bool is_there = members.created_at || draft.line_count() != 0;
  edits.starts_anew = found_expired;
  if (!(changed || is_there || change.idempotency)) return decision;

  // A cart can lose its last line behind our back, where plain clients write; then only its expiry is left of it.
  if (!exists(before)) members.expires_at.reset();
  if (is_there) members.expires_at = renewed(members.expires_at, now, context.ttl);
  draft.finish(edits);
  note_members(edits, before, members);
  leave_sequence(edits, record.applied_sequences, context);
  if (change.idempotency && !replayed) remember_key(edits, record.keys, *change.idempotency, context);
  const Time forget_at = members.expires_at.value_or(now) + context.limits.replay_horizon;
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
