#include "domain/draft.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace cartd {

LineEdit& Draft::line(const LineId& id) {
  const auto found = std::find_if(lines_.begin(), lines_.end(), [&](const Entry& one) { return one.edit.line == id; });
  if (found != lines_.end()) return found->edit;
  const auto old = std::find_if(base_.lines.begin(), base_.lines.end(), [&](const Line& one) { return one.id == id; });
  return old == base_.lines.end() ? lines_.emplace_back(LineEdit{id}, nullptr).edit : take_up(*old);
}

LineEdit& Draft::take_up(const Line& old) {
  return lines_.emplace_back(LineEdit{old.id, old.quantity, old.quantity, false, old.details}, old.details).edit;
}

// The pieces that the SKU of `id` has in its other lines.
std::int64_t Draft::pieces_beside(const LineId& id) const {
  const std::string_view sku = id.sku();
  std::int64_t pieces = 0;
  for (const Line& old : base_.lines)
    if (old.id.is_of(sku) && old.id != id) pieces += old.quantity;
  for (const Entry& entry : lines_)
    if (entry.edit.line.is_of(sku) && entry.edit.line != id) pieces += entry.edit.quantity - entry.edit.seen;
  return pieces;
}

Result<bool> Draft::put(const LineId& id, std::int64_t quantity, const DetailsPatch& given) {
  LineEdit& line = this->line(id);
  // What lowers a number is within the limit, whatever the number was.
  if (quantity > line.quantity) {
    const std::int64_t beside = pieces_beside(id);
    if (quantity + beside > limits_.max_quantity)
      return Error{Errc::limit_exceeded,
                   "a cart can have at most " + std::to_string(limits_.max_quantity) + " pieces of a SKU", "/quantity",
                   "quantity"};
    if (beside != 0) counted_skus_.emplace(id.sku());
  }
  if (line.quantity == 0 && line_count_ >= limits_.max_lines)
    return Error{Errc::limit_exceeded, "a cart can have at most " + std::to_string(limits_.max_lines) + " lines",
                 "/sku", "lines"};
  const bool is_described = describe(line, given);
  const bool changed = line.quantity != quantity || is_described;
  if (line.quantity == 0) ++line_count_;
  line.quantity = quantity;
  return changed;
}

std::int64_t Draft::room_for(const LineId& id) {
  if (line(id).quantity == 0 && line_count_ >= limits_.max_lines) return 0;
  const std::int64_t beside = pieces_beside(id);
  if (beside != 0) counted_skus_.emplace(id.sku());
  return std::max<std::int64_t>(0, limits_.max_quantity - beside);
}

bool Draft::describe(LineEdit& line, const DetailsPatch& given) {
  auto details = details_after(line.details, given);
  const bool changed = line.details != details;
  line.details = std::move(details);
  return changed;
}

bool Draft::drop(LineEdit& line) {
  if (line.quantity == 0) return false;
  line.quantity = 0;
  line.details = nullptr;
  --line_count_;
  return true;
}

bool Draft::drop_all_lines() {
  const bool changed = line_count_ != 0;
  take_up_all_lines();
  for (Entry& entry : lines_) drop(entry.edit);
  return changed;
}

void Draft::take_up_all_lines() {
  const bool is_untouched = lines_.empty();
  lines_.reserve(base_.lines.size() + lines_.size());
  for (const Line& old : base_.lines) is_untouched ? take_up(old) : line(old.id);
  covers_all_lines_ = true;
}

bool Draft::reprice(LineEdit& line, const Money& price) {
  const std::optional<Money> before = line.details ? line.details->unit_price : std::nullopt;
  if (before == price) return false;
  LineDetails details = line.details ? *line.details : LineDetails{};
  if (!line.details) details.added_at = now_;
  details.unit_price = price;
  details.price_was = before;
  line.details = std::make_shared<const LineDetails>(std::move(details));
  return true;
}

void Draft::finish(RecordEdits& edits) {
  // The decision rests on all lines of a SKU whose pieces were counted.
  if (!counted_skus_.empty())
    for (const Line& old : base_.lines)
      if (counted_skus_.contains(old.id.sku())) (void)line(old.id);
  edits.covers_all_lines = covers_all_lines_;
  edits.lines.reserve(lines_.size());
  for (Entry& entry : lines_) {
    entry.edit.details_changed = entry.old_details != entry.edit.details;
    edits.lines.push_back(std::move(entry.edit));
  }
}

// added_at survives while the line has details.
std::shared_ptr<const LineDetails> Draft::details_after(const std::shared_ptr<const LineDetails>& old,
                                                        const DetailsPatch& given) const {
  if (!given.name && !given.unit_price && !given.metadata && given.options.empty()) return old;
  LineDetails details = old ? *old : LineDetails{};
  if (given.name) details.name = *given.name;
  if (given.unit_price) details.unit_price = *given.unit_price;
  if (given.unit_price) details.price_was.reset();
  if (given.metadata) details.metadata = *given.metadata;
  if (!given.options.empty()) details.options = given.options;
  if (details.empty()) return nullptr;
  if (!old) details.added_at = now_;
  if (old && *old == details) return old;
  return std::make_shared<const LineDetails>(std::move(details));
}

}  // namespace cartd
