#include "store/redis/cart_lines.h"

#include "format/line_details.h"
#include "util/decimal.h"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace cartd {
namespace {

using redis::ReplyView;

/// A quantity as commit.lua reads it: up to 12 digits, not 0.
std::optional<std::int64_t> quantity_from(ReplyView reply) {
  constexpr std::size_t most_digits = 12;
  const std::string_view text = reply.text();
  const auto quantity = text.size() <= most_digits ? util::parse_digits(text) : std::nullopt;
  return quantity && *quantity > 0 ? quantity : std::nullopt;
}

/// Finds lines by LineId::str(). The lines outlive it.
class LinesById {
 public:
  explicit LinesById(const std::vector<Line>& lines) {
    sorted_.reserve(lines.size());
    for (const Line& line : lines) sorted_.push_back(&line);
    std::sort(sorted_.begin(), sorted_.end(), [](const Line* a, const Line* b) { return a->id.str() < b->id.str(); });
  }

  /// Null where there is none.
  const Line* find(std::string_view id) const {
    const auto found = std::lower_bound(sorted_.begin(), sorted_.end(), id,
                                        [](const Line* line, std::string_view text) { return line->id.str() < text; });
    return found != sorted_.end() && (*found)->id.str() == id ? *found : nullptr;
  }

 private:
  boost::container::small_vector<const Line*, 32> sorted_{};
};

bool names(const RecordEdits& edits, const LineId& id) {
  return std::any_of(edits.lines.begin(), edits.lines.end(), [&](const LineEdit& line) { return line.line == id; });
}

bool has_lines_of(const Snapshot& snapshot, ReplyView hash) {
  const std::vector<Line>& lines = snapshot.record.cart.lines;
  if (hash.size() / 2 != snapshot.line_fields || lines.size() != snapshot.line_fields) return false;
  const LinesById by_id(lines);
  for (std::size_t i = 0; i + 1 < hash.size(); i += 2) {
    const Line* line = by_id.find(hash[i].text());
    if (!line || quantity_from(hash[i + 1]) != line->quantity) return false;
  }
  return true;
}

/// Gives the lines their quantities in `hash`, if it has fields for just these lines; else they are half done.
bool show_quantities(std::vector<Line>& lines, ReplyView hash) {
  if (hash.size() / 2 != lines.size()) return false;
  const LinesById by_id(lines);
  for (std::size_t i = 0; i + 1 < hash.size(); i += 2) {
    const Line* const line = by_id.find(hash[i].text());
    const auto quantity = quantity_from(hash[i + 1]);
    if (!line || !quantity) return false;
    lines[static_cast<std::size_t>(line - lines.data())].quantity = *quantity;
  }
  return true;
}

}  // namespace

bool is_pairs(ReplyView reply) {
  if (reply.type() != ReplyView::Type::array || reply.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < reply.size(); ++i)
    if (reply[i].type() != ReplyView::Type::string) return false;
  return true;
}

std::vector<Line> lines_from(ReplyView hash, const StoredDetails& details) {
  std::vector<Line> lines;
  lines.reserve(hash.size() / 2);
  for (std::size_t i = 0; i + 1 < hash.size(); i += 2) {
    const auto quantity = quantity_from(hash[i + 1]);
    auto id = LineId::parse(hash[i].text());
    if (!quantity || !id) continue;
    Line line{std::move(*id), *quantity};
    if (const auto packed = details.find(hash[i].text()); packed != details.end()) {
      Result<LineDetails> unpacked = format::line_details_from_msgpack(packed->second);
      if (unpacked) line.details = std::make_shared<const LineDetails>(std::move(*unpacked));
    }
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end(), shown_before);
  return lines;
}

void show_lines(Snapshot& snapshot, ReplyView hash, const RecordEdits& edits) {
  snapshot.line_fields = hash.size() / 2;
  if (show_quantities(snapshot.record.cart.lines, hash)) return;
  const std::vector<Line> before = std::move(snapshot.record.cart.lines);
  const LinesById by_id(before);
  std::vector<Line> lines;
  lines.reserve(hash.size() / 2 + 1);
  for (std::size_t i = 0; i + 1 < hash.size(); i += 2) {
    const auto quantity = quantity_from(hash[i + 1]);
    if (!quantity) continue;
    if (const Line* old = by_id.find(hash[i].text())) lines.push_back(Line{old->id, *quantity, old->details});
    else if (auto id = LineId::parse(hash[i].text())) lines.push_back(Line{std::move(*id), *quantity});
  }
  const LinesById shown(lines);
  for (const Line& line : before) {
    if (line.details && !shown.find(line.id.str()) && !names(edits, line.id))
      snapshot.details_without_line.push_back(line.id.str());
  }
  std::sort(lines.begin(), lines.end(), shown_before);
  snapshot.record.cart.lines = std::move(lines);
}

SnapshotPtr with_lines(const SnapshotPtr& snapshot, ReplyView hash) {
  if (has_lines_of(*snapshot, hash)) return snapshot;
  auto changed = std::make_shared<Snapshot>(*snapshot);
  show_lines(*changed, hash, RecordEdits{});
  const LinesById by_id(changed->record.cart.lines);
  const bool has_lost_details =
      std::any_of(snapshot->details_without_line.begin(), snapshot->details_without_line.end(),
                  [&](const std::string& id) { return by_id.find(id) != nullptr; });
  return has_lost_details ? nullptr : SnapshotPtr(std::move(changed));
}

}  // namespace cartd
