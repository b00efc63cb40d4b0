#include "domain/kept_cart.h"

#include <algorithm>
#include <string>
#include <utility>

namespace cartd {
namespace {

const std::string& name_of(const RememberedKey& key) { return key.idempotency.key; }
const CheckoutId& name_of(const CheckoutNote& note) { return note.id; }
const std::string& name_of(const TakenTransfer& one) { return one.id; }
ProducerId name_of(const AppliedSequence& last) { return last.producer; }

template <class Members>
void sort_by_name(Members& members) {
  std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return name_of(a) < name_of(b); });
}

/// Of members that a record has several of: those of `to` that `from` has not, or has otherwise, and the names of those
/// that only `from` has.
template <class Member, class Name>
void difference(const std::vector<Member>& from, const std::vector<Member>& to, std::vector<Member>& set,
                std::vector<Name>& dropped) {
  const auto has = [](const std::vector<Member>& members, const auto& name) {
    return std::any_of(members.begin(), members.end(), [&](const Member& one) { return name_of(one) == name; });
  };
  for (const Member& member : to)
    if (std::find(from.begin(), from.end(), member) == from.end()) set.push_back(member);
  for (const Member& member : from)
    if (!has(to, name_of(member))) dropped.push_back(name_of(member));
}

bool are_same(const std::shared_ptr<const LineDetails>& a, const std::shared_ptr<const LineDetails>& b) {
  return a == b || (a && b && *a == *b);
}

void line_edits(const std::vector<Line>& from, const std::vector<Line>& to, std::vector<LineEdit>& edits) {
  const auto find = [](const std::vector<Line>& lines, const LineId& id) {
    const auto found = std::find_if(lines.begin(), lines.end(), [&](const Line& one) { return one.id == id; });
    return found == lines.end() ? nullptr : &*found;
  };
  edits.reserve(to.size());
  for (const Line& line : to) {
    const Line* const old = from.empty() ? nullptr : find(from, line.id);
    const auto old_details = old ? old->details : nullptr;
    edits.push_back(
        {line.id, old ? old->quantity : 0, line.quantity, !are_same(old_details, line.details), line.details});
  }
  for (const Line& line : from)
    if (find(to, line.id) == nullptr) edits.push_back({line.id, line.quantity, 0, line.details != nullptr, nullptr});
}

template <class Value>
void set_if_other(std::optional<Value>& edit, const Value& from, const Value& to) {
  if (from != to) edit = to;
}

bool is_same_transfer(const std::shared_ptr<const Transfer>& a, const std::shared_ptr<const Transfer>& b) {
  return a == b || (a && b && *a == *b);
}

Time last_use(const CartRecord& record, Millis replay_horizon) {
  Time last{};
  if (record.cart.expires_at) last = *record.cart.expires_at + replay_horizon;
  for (const CheckoutNote& note : record.checkouts) last = std::max(last, note.forget_at);
  for (const TakenTransfer& one : record.taken) last = std::max(last, one.forget_at);
  if (record.transfer) last = std::max(last, record.transfer->forget_at);
  return last;
}

}  // namespace

KeptCart kept_at(KeptCart kept, Time now, Millis replay_horizon) {
  CartRecord& record = kept.record;
  record.cart = visible(record, now);
  const auto is_past = [now](const auto& one) { return one.forget_at <= now; };
  std::erase_if(record.checkouts, is_past);
  std::erase_if(record.taken, is_past);
  if (record.transfer && is_past(*record.transfer)) record.transfer.reset();
  std::erase_if(kept.checkouts, [&](const std::shared_ptr<const Checkout>& checkout) {
    return is_past(*checkout) || find_note(record.checkouts, checkout->id) == nullptr;
  });
  sort_by_name(record.applied_sequences);
  sort_by_name(record.keys);
  sort_by_name(record.checkouts);
  sort_by_name(record.taken);
  std::sort(kept.checkouts.begin(), kept.checkouts.end(), [](const auto& a, const auto& b) { return a->id < b->id; });
  record.forget_at = std::max(record.forget_at, last_use(record, replay_horizon));
  if (record.forget_at == Time{}) record.forget_at = now + replay_horizon;
  return kept;
}

bool has_content(const KeptCart& kept) {
  const CartRecord& record = kept.record;
  return exists(record.cart) || !record.checkouts.empty() || record.transfer || !record.taken.empty();
}

bool is_same(const KeptCart& a, const KeptCart& b) {
  const auto comparable = [](CartRecord record) {
    record.forget_at = {};
    if (record.cart.version != 0) return record;
    record.cart.created_at.reset();
    record.cart.updated_at.reset();
    record.cart.expires_at.reset();
    return record;
  };
  return comparable(a.record) == comparable(b.record) &&
         std::equal(a.checkouts.begin(), a.checkouts.end(), b.checkouts.begin(), b.checkouts.end(),
                    [](const auto& one, const auto& other) { return *one == *other; });
}

bool is_before(const CartRecord& a, const CartRecord& b) {
  return a.cart.version <= b.cart.version &&
         std::all_of(a.applied_sequences.begin(), a.applied_sequences.end(), [&](const AppliedSequence& last) {
           return std::any_of(b.applied_sequences.begin(), b.applied_sequences.end(), [&](const AppliedSequence& one) {
             return one.producer == last.producer && one.sequence >= last.sequence;
           });
         });
}

void give_times(KeptCart& kept, Time now, Millis ttl, Millis replay_horizon) {
  Cart& cart = kept.record.cart;
  if (!exists(cart) || cart.expires_at) return;
  if (!cart.created_at) cart.created_at = now;
  if (!cart.updated_at) cart.updated_at = now;
  cart.expires_at = now + ttl;
  kept.record.forget_at = std::max(kept.record.forget_at, last_use(kept.record, replay_horizon));
}

RecordEdits edits_between(const KeptCart& base, const KeptCart& to, Time now) {
  RecordEdits edits;
  edits.starts_anew = is_expired(base.record.cart, now);
  const Cart from = edits.starts_anew ? without_content(base.record.cart) : base.record.cart;
  const Cart& cart = to.record.cart;
  edits.covers_all_lines = true;
  line_edits(from.lines, cart.lines, edits.lines);
  set_if_other(edits.version, from.version, cart.version);
  set_if_other(edits.created_at, from.created_at, cart.created_at);
  set_if_other(edits.updated_at, from.updated_at, cart.updated_at);
  set_if_other(edits.expires_at, from.expires_at, cart.expires_at);
  set_if_other(edits.owner, from.owner, cart.owner);
  set_if_other(edits.kind, from.kind, cart.kind);
  set_if_other(edits.metadata, from.metadata, cart.metadata);
  difference(base.record.applied_sequences, to.record.applied_sequences, edits.applied_sequences,
             edits.dropped_producers);
  difference(base.record.keys, to.record.keys, edits.keys, edits.dropped_keys);
  difference(base.record.checkouts, to.record.checkouts, edits.checkouts, edits.dropped_checkouts);
  for (const CheckoutId& id : edits.dropped_checkouts) edits.checkout_contents.push_back({id, nullptr});
  for (const auto& checkout : to.checkouts) edits.checkout_contents.push_back({checkout->id, checkout});
  if (!is_same_transfer(base.record.transfer, to.record.transfer)) edits.transfer = to.record.transfer;
  difference(base.record.taken, to.record.taken, edits.taken, edits.dropped_taken);
  // One that is there with another time goes, and comes back.
  for (const TakenTransfer& one : edits.taken)
    if (has_taken(base.record.taken, one.id)) edits.dropped_taken.push_back(one.id);
  edits.forget_at = to.record.forget_at;
  return edits;
}

}  // namespace cartd
