#include "domain/apply.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace cartd {
namespace {

using Lines = std::vector<Line>;

Lines::iterator find_line(Lines& lines, const Sku& sku) {
  return std::find_if(lines.begin(), lines.end(), [&](const Line& line) { return line.sku == sku; });
}

void insert_line(Lines& lines, Line line) {
  const auto place = std::upper_bound(lines.begin(), lines.end(), line, shown_before);
  lines.insert(place, std::move(line));
}

/// The line's details after a command that carries `given`: added_at survives while the line has any.
std::shared_ptr<const LineDetails> details_after(const std::shared_ptr<const LineDetails>& old, const std::optional<LineDetails>& given,
                                                 Time now) {
  if (!given) return old;
  if (given->empty()) return nullptr;
  LineDetails details = *given;
  details.added_at = old ? old->added_at : now;
  if (old && *old == details) return old;
  return std::make_shared<const LineDetails>(std::move(details));
}

/// One line command after another on `lines`. Answers whether anything changed, or the limit that stands in the way;
/// then `lines` is half done, and the caller's to drop.
class LineEditor {
 public:
  LineEditor(Lines& lines, Time now, const Limits& limits) : lines_(lines), now_(now), limits_(limits) {}

  Result<bool> operator()(const Add& add) {
    const auto line = find_line(lines_, add.sku);
    const std::int64_t quantity = add.quantity + (line == lines_.end() ? 0 : line->quantity);
    if (quantity > limits_.max_quantity)
      return Error{Errc::limit_exceeded, "a line holds at most " + std::to_string(limits_.max_quantity) + " pieces", "/quantity",
                   "quantity"};
    return put(line, add.sku, quantity, add.details);
  }

  Result<bool> operator()(const Remove& remove) {
    const auto line = find_line(lines_, remove.sku);
    if (line == lines_.end()) return false;
    line->quantity -= remove.quantity;
    if (line->quantity <= 0) lines_.erase(line);
    return true;
  }

  Result<bool> operator()(const RemoveLine& remove) {
    const auto line = find_line(lines_, remove.sku);
    if (line == lines_.end()) return false;
    lines_.erase(line);
    return true;
  }

  Result<bool> operator()(const Set& set) {
    if (set.quantity == 0) return (*this)(RemoveLine{set.sku});
    return put(find_line(lines_, set.sku), set.sku, set.quantity, set.details);
  }

  Result<bool> operator()(const Clear&) {
    const bool changed = !lines_.empty();
    lines_.clear();
    return changed;
  }

 private:
  Result<bool> put(Lines::iterator line, const Sku& sku, std::int64_t quantity, const std::optional<LineDetails>& given) {
    if (line == lines_.end()) {
      if (lines_.size() >= limits_.max_lines)
        return Error{Errc::limit_exceeded, "a cart holds at most " + std::to_string(limits_.max_lines) + " lines", "/sku", "lines"};
      insert_line(lines_, Line{sku, quantity, details_after(nullptr, given, now_)});
      return true;
    }
    auto details = details_after(line->details, given, now_);
    if (line->quantity == quantity && line->details == details) return false;
    if (!line->details == !details) {
      line->quantity = quantity;
      line->details = std::move(details);
    } else {
      lines_.erase(line);
      insert_line(lines_, Line{sku, quantity, std::move(details)});
    }
    return true;
  }

  Lines& lines_;
  Time now_;
  const Limits& limits_;
};

/// For what was accepted before. A line still holds no more than can be read back.
const Limits no_limits = [] {
  Limits limits;
  limits.max_lines = std::numeric_limits<std::size_t>::max();
  limits.max_quantity = max_readable_quantity;
  return limits;
}();

/// Drops what belongs to the cart's life and keeps what outlives it.
void bury(Cart& cart) {
  Cart grave{cart.id};
  grave.version = cart.version;
  cart = std::move(grave);
}

bool expired(const Cart& cart, Time now) { return cart.expires_at && *cart.expires_at <= now; }

/// Carries out a command on a cart. Strong guarantee: on an error the cart is as it was.
struct CommandEffect {
  Cart& cart;
  Time now;
  const Limits& limits;

  Result<bool> operator()(const Batch& batch) const {
    if (batch.commands.size() == 1) return std::visit(LineEditor(cart.lines, now, limits), batch.commands.front());
    Lines lines = cart.lines;
    LineEditor editor(lines, now, limits);
    bool changed = false;
    for (std::size_t i = 0; i < batch.commands.size(); ++i) {
      const Result<bool> done = std::visit(editor, batch.commands[i]);
      if (!done) {
        Error error = done.error();
        error.pointer = "/" + std::to_string(i) + error.pointer;
        return error;
      }
      changed |= *done;
    }
    cart.lines = std::move(lines);
    return changed;
  }

  Result<bool> operator()(const Annotate& annotate) const {
    const bool changed = (annotate.metadata && *annotate.metadata != cart.metadata) || (annotate.owner && *annotate.owner != cart.owner);
    if (annotate.metadata) cart.metadata = *annotate.metadata;
    if (annotate.owner) cart.owner = *annotate.owner;
    return changed;
  }

  Result<bool> operator()(const Delete&) const {
    if (!exists(cart)) return false;
    bury(cart);
    return true;
  }

  Result<bool> operator()(const Touch&) const { return false; }
};

void renew_expiry(Cart& cart, Time now, Millis ttl) {
  const Time wanted = now + ttl;
  if (cart.expires_at && std::chrono::abs(wanted - *cart.expires_at) <= ttl / 100) return;
  cart.expires_at = wanted;
}

void leave_mark(std::vector<Mark>& marks, Stamp stamp, Time now, const Limits& limits) {
  const auto mark = std::find_if(marks.begin(), marks.end(), [&](const Mark& m) { return m.lane == stamp.lane; });
  if (mark != marks.end()) {
    mark->seq = stamp.seq;
    return;
  }
  if (marks.size() >= limits.max_marks) {
    const auto oldest_kept =
        std::chrono::duration_cast<std::chrono::microseconds>((now - limits.replay_horizon).time_since_epoch()).count();
    std::erase_if(marks, [&](const Mark& m) { return static_cast<std::int64_t>(m.seq) < oldest_kept; });
  }
  marks.push_back({stamp.lane, stamp.seq});
}

bool fresh(const RememberedKey& key, Time now, const Limits& limits) { return key.at + limits.replay_horizon > now; }

void remember_key(std::vector<RememberedKey>& keys, const Idempotency& idempotency, Time now, const Limits& limits) {
  std::erase_if(keys, [&](const RememberedKey& key) { return !fresh(key, now, limits) || key.idempotency.key == idempotency.key; });
  while (!keys.empty() && keys.size() >= limits.max_idempotency_keys) {
    keys.erase(std::min_element(keys.begin(), keys.end(), [](const RememberedKey& a, const RememberedKey& b) {
      return std::tie(a.at, a.idempotency.key) < std::tie(b.at, b.idempotency.key);
    }));
  }
  keys.push_back({idempotency, now});
}

}  // namespace

Result<Outcome> apply(CartRecord& record, const Change& change, const ApplyContext& context) {
  const Time now = context.now;
  const bool found_expired = expired(record.cart, now);

  const auto has = [&](Lane lane, std::uint64_t seq) {
    return std::any_of(record.marks.begin(), record.marks.end(), [&](const Mark& m) { return m.lane == lane && m.seq >= seq; });
  };
  if (has(context.stamp.lane, context.stamp.seq)) return Outcome{Effect::duplicate};
  if (!std::all_of(context.reached.begin(), context.reached.end(), [&](const Mark& m) { return has(m.lane, m.seq); }))
    return Error{Errc::rolled_back, "the store has lost earlier changes"};

  bool replayed = false;
  if (change.idempotency) {
    const auto key = std::find_if(record.keys.begin(), record.keys.end(), [&](const RememberedKey& k) {
      return k.idempotency.key == change.idempotency->key && fresh(k, now, context.limits);
    });
    replayed = key != record.keys.end();
    if (replayed && key->idempotency.fingerprint != change.idempotency->fingerprint)
      return Error{Errc::idempotency_mismatch, "this Idempotency-Key was used for another command"};
  }

  if (!replayed && context.judged && change.expected_version && *change.expected_version != record.cart.version) {
    Error error{Errc::version_mismatch, "the cart has another version"};
    error.current_version = record.cart.version;
    return error;
  }

  // The common cart is edited where it stands; an expired one is edited in its next life, which a refusal drops.
  std::optional<Cart> next_life;
  if (found_expired) {
    next_life.emplace(record.cart);
    bury(*next_life);
  }
  Cart& cart = next_life ? *next_life : record.cart;

  const bool was_there = exists(cart);
  const CommandEffect effect{cart, now, context.judged ? context.limits : no_limits};
  const Result<bool> done = replayed ? Result<bool>(false) : std::visit(effect, change.command);
  if (!done) return done.error();
  const bool changed = *done;

  if (changed) ++cart.version;
  if (changed && !std::holds_alternative<Delete>(change.command)) {
    cart.updated_at = now;
    if (!cart.created_at) cart.created_at = now;
  }
  if (changed || exists(cart) || change.idempotency) {
    // A cart can lose its last line behind our back, where plain clients write; then only its expiry is left of it.
    if (!was_there) cart.expires_at.reset();
    if (exists(cart)) renew_expiry(cart, now, context.ttl);
    leave_mark(record.marks, context.stamp, now, context.limits);
    if (change.idempotency && !replayed) remember_key(record.keys, *change.idempotency, now, context.limits);
    record.forget_at = cart.expires_at.value_or(now) + context.limits.replay_horizon;
  }
  if (next_life) record.cart = std::move(*next_life);
  return Outcome{changed ? Effect::changed : replayed ? Effect::replayed : Effect::unchanged, found_expired};
}

Cart visible(const CartRecord& record, Time now) {
  if (exists(record.cart) && !expired(record.cart, now)) return record.cart;
  Cart cart{record.cart.id};
  cart.version = record.cart.version;
  return cart;
}

}  // namespace cartd
