#include "simulation/server.h"

#include "domain/decide.h"
#include "domain/edits.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace cartd::simulation {
namespace {

SnapshotPtr snapshot_of(const StoredCart& stored) {
  auto snapshot = std::make_shared<Snapshot>(stored.record);
  snapshot->token = stored.token;
  snapshot->line_fields = stored.record.cart.lines.size();
  return snapshot;
}

/// What the committing process knows of the cart afterwards: the lines that plain clients changed only where it asked.
SnapshotPtr snapshot_after(const CommitRequest& request, const StoredCart& stored) {
  SnapshotPtr whole = snapshot_of(stored);
  if (request.lines_wanted) return whole;
  auto known = std::make_shared<Snapshot>(request.base->record);
  patch(known->record, request.edits);
  known->token = stored.token;
  known->line_fields = whole->line_fields;
  return known;
}

bool has_seen_quantities(const Cart& cart, const CommitRequest& request) {
  const Snapshot& base = *request.base;
  const RecordEdits& edits = request.edits;
  const bool has_new_line = std::any_of(edits.lines.begin(), edits.lines.end(),
                                        [](const LineEdit& line) { return line.seen == 0 && line.quantity != 0; });
  const bool counts_lines = has_new_line || base.line_fields == 0 || edits.covers_all_lines || request.lines_wanted;
  return (!counts_lines || cart.lines.size() == base.line_fields) &&
         std::all_of(edits.lines.begin(), edits.lines.end(),
                     [&](const LineEdit& line) { return quantity_of(cart, line.line) == line.seen; });
}

bool is_current(const StoredCart& stored, const CommitRequest& request, const Guards& guards) {
  const Snapshot& base = *request.base;
  const bool same_state = stored.token == base.token && stored.record.cart.version == base.record.cart.version;
  return (same_state || !guards.token) && (!guards.quantities || has_seen_quantities(stored.record.cart, request));
}

}  // namespace

StoredCart& Server::cart(const CartId& id) {
  return carts.try_emplace(id, StoredCart{CartRecord{Cart{id}}}).first->second;
}

SnapshotPtr Server::load(const CartId& id) const {
  const auto found = carts.find(id);
  return snapshot_of(found == carts.end() ? StoredCart{CartRecord{Cart{id}}} : found->second);
}

Committed Server::commit(const CommitRequest& request, Token token, Time now, const Guards& guards) {
  StoredCart& stored = cart(request.cart);
  if (!is_current(stored, request, guards)) return {false, snapshot_of(stored), now};
  RecordEdits edits = request.edits;
  if (!guards.whole_groups && edits.lines.size() > 1) edits.lines.pop_back();
  if (!guards.taken) edits.taken.clear();
  patch(stored.record, edits);
  stored.token = token;
  return {true, snapshot_after(request, stored), now};
}

// By the rule itself, as far as the script goes: the cart is there, and nothing but the quantity and the command's
// traces changes.
Added Server::add(const AddRequest& request, Token token, Time now) {
  static const Policy policy;
  StoredCart& stored = cart(request.cart);
  Change change{Batch{{Add{request.line, request.quantity}}}};
  change.idempotency = request.idempotency;
  std::vector<AppliedSequence> required;
  if (request.required != 0) required.push_back({request.command_id.producer, request.required});
  const ApplyContext context{request.command_id, now, policy.ttl.ttl_of(request.cart), policy.limits, required};
  const Result<Decision> decision = decide(stored.record, change, context);
  const bool is_plain = stored.token != 0 && decision && decision->outcome.effect == Effect::changed &&
                        !decision->edits.starts_anew && !decision->edits.created_at && !decision->edits.expires_at &&
                        decision->edits.dropped_producers.empty() && decision->edits.dropped_keys.empty();
  if (is_plain) {
    patch(stored.record, decision->edits);
    stored.token = token;
  }
  return {is_plain, Loaded{snapshot_of(stored), true, now}};
}

bool write_line(StoredCart& stored, const LineId& id, std::int64_t quantity) {
  std::vector<Line>& lines = stored.record.cart.lines;
  const auto line = std::find_if(lines.begin(), lines.end(), [&](const Line& one) { return one.id == id; });
  const bool was_there = line != lines.end();
  if (was_there && quantity > 0) line->quantity = quantity;
  if (was_there && quantity == 0) lines.erase(line);
  if (!was_there && quantity > 0) {
    Line added{id, quantity};
    const auto behind = std::upper_bound(lines.begin(), lines.end(), added, shown_before);
    lines.insert(behind, std::move(added));
  }
  return was_there;
}

std::int64_t quantity_of(const Cart& cart, const LineId& id) {
  const auto line = std::find_if(cart.lines.begin(), cart.lines.end(), [&](const Line& one) { return one.id == id; });
  return line == cart.lines.end() ? 0 : line->quantity;
}

}  // namespace cartd::simulation
