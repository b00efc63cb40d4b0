#include "domain/edits.h"

#include <algorithm>
#include <utility>

namespace cartd {
namespace {

void insert_line(std::vector<Line>& lines, Line line) {
  const auto place = std::upper_bound(lines.begin(), lines.end(), line, shown_before);
  lines.insert(place, std::move(line));
}

void patch_line(std::vector<Line>& lines, const LineEdit& edit) {
  const auto line = std::find_if(lines.begin(), lines.end(), [&](const Line& one) { return one.sku == edit.sku; });
  if (line == lines.end()) {
    if (edit.quantity != 0) insert_line(lines, Line{edit.sku, edit.quantity, edit.details});
    return;
  }
  if (edit.quantity == 0) {
    lines.erase(line);
    return;
  }
  line->quantity = edit.quantity;
  if (!edit.details_changed) return;
  lines.erase(line);
  insert_line(lines, Line{edit.sku, edit.quantity, edit.details});
}

}  // namespace

void patch(CartRecord& record, const RecordEdits& edits) {
  Cart& cart = record.cart;
  if (edits.starts_anew) cart = without_content(cart);
  if (edits.covers_all_lines) {
    std::erase_if(cart.lines, [&](const Line& line) {
      return std::none_of(edits.lines.begin(), edits.lines.end(),
                          [&](const LineEdit& edit) { return edit.sku == line.sku; });
    });
  }
  for (const LineEdit& edit : edits.lines) patch_line(cart.lines, edit);
  if (edits.version) cart.version = *edits.version;
  if (edits.created_at) cart.created_at = *edits.created_at;
  if (edits.updated_at) cart.updated_at = *edits.updated_at;
  if (edits.expires_at) cart.expires_at = *edits.expires_at;
  if (edits.owner) cart.owner = *edits.owner;
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
  if (edits.forget_at) record.forget_at = *edits.forget_at;
}

}  // namespace cartd
