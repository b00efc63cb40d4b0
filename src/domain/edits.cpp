#include "domain/edits.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace cartd {
namespace {

void insert_line(std::vector<Line>& lines, Line line) {
  const auto place = std::upper_bound(lines.begin(), lines.end(), line, shown_before);
  lines.insert(place, std::move(line));
}

void patch_line(std::vector<Line>& lines, const LineEdit& edit) {
  const auto line = std::find_if(lines.begin(), lines.end(), [&](const Line& one) { return one.id == edit.line; });
  if (line == lines.end()) {
    if (edit.quantity != 0) insert_line(lines, Line{edit.line, edit.quantity, edit.details});
    return;
  }
  if (edit.quantity == 0) {
    lines.erase(line);
    return;
  }
  line->quantity = edit.quantity;
  if (!edit.details_changed) return;
  lines.erase(line);
  insert_line(lines, Line{edit.line, edit.quantity, edit.details});
}

/// Finds the edit of a line among thousands, too. They stay where they are meanwhile.
class LineIndex {
 public:
  explicit LineIndex(std::vector<LineEdit>& lines) {
    by_id_.reserve(lines.size());
    for (LineEdit& line : lines) by_id_.push_back(&line);
    std::sort(by_id_.begin(), by_id_.end(), [](const LineEdit* a, const LineEdit* b) { return a->line < b->line; });
  }

  /// Null: there is none.
  LineEdit* find(const LineId& id) const {
    const auto found = std::lower_bound(by_id_.begin(), by_id_.end(), id,
                                        [](const LineEdit* one, const LineId& wanted) { return one->line < wanted; });
    return found == by_id_.end() || (*found)->line != id ? nullptr : *found;
  }

 private:
  std::vector<LineEdit*> by_id_{};
};

void compose_lines(RecordEdits& edits, RecordEdits& next) {
  // What the earlier edits leave of the cart, and what they looked at, goes with the rest of it.
  if (next.starts_anew) edits.lines.clear();
  edits.covers_all_lines = next.starts_anew ? next.covers_all_lines : edits.covers_all_lines || next.covers_all_lines;
  if (next.covers_all_lines) {
    const LineIndex later(next.lines);
    for (LineEdit& line : edits.lines) {
      if (line.quantity == 0 || later.find(line.line) != nullptr) continue;
      line.quantity = 0;
      line.details_changed |= line.details != nullptr;
      line.details = nullptr;
    }
  }
  edits.lines.reserve(edits.lines.size() + next.lines.size());
  const LineIndex before(edits.lines);
  for (LineEdit& line : next.lines) {
    LineEdit* const earlier = before.find(line.line);
    if (earlier == nullptr) {
      edits.lines.push_back(std::move(line));
      continue;
    }
    earlier->quantity = line.quantity;
    earlier->details_changed |= line.details_changed;
    earlier->details = std::move(line.details);
  }
}

void compose_members(RecordEdits& edits, RecordEdits& next) {
  const auto take = [&](auto& member, auto& later) {
    if (later || next.starts_anew) member = std::move(later);
  };
  take(edits.created_at, next.created_at);
  take(edits.updated_at, next.updated_at);
  take(edits.expires_at, next.expires_at);
  take(edits.owner, next.owner);
  take(edits.kind, next.kind);
  take(edits.metadata, next.metadata);
  if (next.version) edits.version = next.version;
  if (next.forget_at) edits.forget_at = next.forget_at;
  edits.starts_anew |= next.starts_anew;
}

/// Of members that a record has several of: those of `next` replace what `name_of` says is the same one.
template <class Member, class Name, class NameOf>
void compose_lists(std::vector<Member>& kept, std::vector<Name>& dropped, std::vector<Member>& next,
                   std::vector<Name>& next_dropped, NameOf name_of) {
  for (Name& name : next_dropped) {
    std::erase_if(kept, [&](const Member& one) { return name_of(one) == name; });
    if (std::find(dropped.begin(), dropped.end(), name) == dropped.end()) dropped.push_back(std::move(name));
  }
  for (Member& member : next) {
    std::erase_if(kept, [&](const Member& one) { return name_of(one) == name_of(member); });
    std::erase_if(dropped, [&](const Name& one) { return one == name_of(member); });
    kept.push_back(std::move(member));
  }
}

}  // namespace

void patch(CartRecord& record, const RecordEdits& edits) {
  Cart& cart = record.cart;
  if (edits.starts_anew) cart = without_content(cart);
  if (edits.covers_all_lines) {
    std::erase_if(cart.lines, [&](const Line& line) {
      return std::none_of(edits.lines.begin(), edits.lines.end(),
                          [&](const LineEdit& edit) { return edit.line == line.id; });
    });
  }
  for (const LineEdit& edit : edits.lines) patch_line(cart.lines, edit);
  if (edits.version) cart.version = *edits.version;
  if (edits.created_at) cart.created_at = *edits.created_at;
  if (edits.updated_at) cart.updated_at = *edits.updated_at;
  if (edits.expires_at) cart.expires_at = *edits.expires_at;
  if (edits.owner) cart.owner = *edits.owner;
  if (edits.kind) cart.kind = *edits.kind;
  if (edits.metadata) cart.metadata = *edits.metadata;
  for (const ProducerId producer : edits.dropped_producers)
    std::erase_if(record.applied_sequences, [&](const AppliedSequence& last) { return last.producer == producer; });
  for (const AppliedSequence& last : edits.applied_sequences) {
    const auto old = std::find_if(record.applied_sequences.begin(), record.applied_sequences.end(),
                                  [&](const AppliedSequence& one) { return one.producer == last.producer; });
    if (old == record.applied_sequences.end()) record.applied_sequences.push_back(last);
    else *old = last;
  }
  const auto drop_key = [&](const std::string& key) {
    std::erase_if(record.keys, [&](const RememberedKey& one) { return one.idempotency.key == key; });
  };
  for (const std::string& key : edits.dropped_keys) drop_key(key);
  for (const RememberedKey& key : edits.keys) {
    drop_key(key.idempotency.key);
    record.keys.push_back(key);
  }
  const auto drop_note = [&](const CheckoutId& id) {
    std::erase_if(record.checkouts, [&](const CheckoutNote& note) { return note.id == id; });
  };
  for (const CheckoutId& id : edits.dropped_checkouts) drop_note(id);
  for (const CheckoutNote& note : edits.checkouts) {
    drop_note(note.id);
    record.checkouts.push_back(note);
  }
  if (edits.transfer) record.transfer = *edits.transfer;
  const auto drop_taken = [&](const std::string& id) {
    std::erase_if(record.taken, [&](const TakenTransfer& one) { return one.id == id; });
  };
  for (const std::string& id : edits.dropped_taken) drop_taken(id);
  for (const TakenTransfer& one : edits.taken) {
    drop_taken(one.id);
    record.taken.push_back(one);
  }
  if (edits.forget_at) record.forget_at = *edits.forget_at;
}

void compose(RecordEdits& edits, RecordEdits next) {
  compose_lines(edits, next);
  compose_members(edits, next);
  compose_lists(edits.applied_sequences, edits.dropped_producers, next.applied_sequences, next.dropped_producers,
                [](const AppliedSequence& last) { return last.producer; });
  compose_lists(edits.keys, edits.dropped_keys, next.keys, next.dropped_keys,
                [](const RememberedKey& key) -> const std::string& { return key.idempotency.key; });
  compose_lists(edits.checkouts, edits.dropped_checkouts, next.checkouts, next.dropped_checkouts,
                [](const CheckoutNote& note) -> const CheckoutId& { return note.id; });
  if (next.transfer) edits.transfer = std::move(next.transfer);
  compose_lists(edits.taken, edits.dropped_taken, next.taken, next.dropped_taken,
                [](const TakenTransfer& one) -> const std::string& { return one.id; });
  for (CheckoutEdit& edit : next.checkout_contents) {
    std::erase_if(edits.checkout_contents, [&](const CheckoutEdit& one) { return one.id == edit.id; });
    edits.checkout_contents.push_back(std::move(edit));
  }
}

}  // namespace cartd
