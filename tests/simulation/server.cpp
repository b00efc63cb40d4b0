#include "simulation/server.h"

#include "domain/edits.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace cartd::simulation {
namespace {

std::int64_t quantity_of(const Cart& cart, const Sku& sku) {
  const auto line = std::find_if(cart.lines.begin(), cart.lines.end(), [&](const Line& one) { return one.sku == sku; });
  return line == cart.lines.end() ? 0 : line->quantity;
}

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

bool is_current(const StoredCart& stored, const CommitRequest& request) {
  const Snapshot& base = *request.base;
  const Cart& cart = stored.record.cart;
  const RecordEdits& edits = request.edits;
  const bool has_new_line = std::any_of(edits.lines.begin(), edits.lines.end(),
                                        [](const LineEdit& line) { return line.seen == 0 && line.quantity != 0; });
  const bool counts_lines = has_new_line || base.line_fields == 0 || edits.covers_all_lines || request.lines_wanted;
  return stored.token == base.token && cart.version == base.record.cart.version &&
         (!counts_lines || cart.lines.size() == base.line_fields) &&
         std::all_of(edits.lines.begin(), edits.lines.end(),
                     [&](const LineEdit& line) { return quantity_of(cart, line.sku) == line.seen; });
}

}  // namespace

StoredCart& Server::cart(const CartId& id) {
  return carts.try_emplace(id, StoredCart{CartRecord{Cart{id}}}).first->second;
}

SnapshotPtr Server::load(const CartId& id) const {
  const auto found = carts.find(id);
  return snapshot_of(found == carts.end() ? StoredCart{CartRecord{Cart{id}}} : found->second);
}

Committed Server::commit(const CommitRequest& request, Token token, Time now) {
  StoredCart& stored = cart(request.cart);
  if (!is_current(stored, request)) return {false, snapshot_of(stored), now};
  patch(stored.record, request.edits);
  stored.token = token;
  return {true, snapshot_after(request, stored), now};
}

Result<Applied> Server::apply_unseen(const ApplyRequest& request, const Policy& policy, Token token, Time now) {
  StoredCart& stored = cart(request.cart);
  std::erase_if(stored.record.applied_sequences,
                [&](const AppliedSequence& last) { return last.producer == request.command_id.producer; });
  const ApplyContext context{request.command_id, now, policy.ttl.ttl_of(request.cart),
                             policy.limits,      {},  request.enforce_preconditions};
  const Result<Outcome> outcome = apply(stored.record, request.change, context);
  if (!outcome) return outcome.error();
  stored.token = token;
  return Applied{stored.record.cart, *outcome, {}, stored.record.applied_sequences};
}

}  // namespace cartd::simulation
