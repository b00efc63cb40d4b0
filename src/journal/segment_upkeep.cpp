#include "journal/segment_upkeep.h"

#include <string>
#include <vector>

namespace cartd::journal {

std::optional<Trouble> SegmentUpkeep::trim() { return log_.trim(ledger_.oldest_segment(log_.newest())); }

std::optional<Trouble> SegmentUpkeep::tidy() {
  if (auto trouble = trim()) return trouble;
  // In all segments but the newest there may be half as much waste as there is in use, and two segments of it at least.
  const std::uint64_t in_use = ledger_.live_bytes();
  if (log_.sealed_bytes() > in_use + in_use / 2 + 2 * std::uint64_t{segment_bytes})
    if (auto trouble = copy_oldest_segment()) return trouble;
  return log_.is_roll_due() ? begin_segment() : std::nullopt;
}

std::optional<Trouble> SegmentUpkeep::recover_space() {
  if (auto trouble = trim()) return trouble;
  return begin_segment();
}

std::optional<Trouble> SegmentUpkeep::begin_segment() {
  const std::uint64_t before = log_.newest();
  if (auto trouble = log_.roll()) return trouble;
  Group group = log_.next_group();
  bool sync;
  {
    const std::lock_guard lock(mutex_);
    ledger_.seal_segment(before);
    // What a full disk kept from being written was asked for long ago.
    sync = ledger_.has_backlog();
    ledger_.begin_segment(group);
  }
  if (group.empty()) return std::nullopt;
  auto trouble = log_.write(group, sync);
  const std::lock_guard lock(mutex_);
  if (trouble) ledger_.undo_group(group);
  return trouble;
}

std::optional<Trouble> SegmentUpkeep::copy_oldest_segment() {
  const std::uint64_t number = log_.oldest();
  const auto segment = log_.read_sealed(number);
  if (!segment) return segment.error();
  const auto header = read_segment_header(*segment);
  if (!header) return Trouble{Trouble::Kind::broken, segment_name(number) + ": " + header.error()};
  Group group = log_.next_group();
  std::vector<Copied> copies;
  const Scanned scanned = scan(*segment, *header, [&](const Frame& frame) {
    if (auto copied = ledger_.copy(number, frame, group)) copies.push_back(*copied);
    return true;
  });
  if (scanned.end != segment->size())
    return Trouble{Trouble::Kind::broken, segment_name(number) + " was changed on disk: a record is damaged"};
  if (group.empty()) return std::nullopt;
  if (auto trouble = log_.write(group, false)) return trouble;
  const std::lock_guard lock(mutex_);
  for (const Copied& copied : copies) ledger_.moved(copied);
  return std::nullopt;
}

}  // namespace cartd::journal
