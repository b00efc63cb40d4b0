#include "journal/segment.h"

#include "journal/bytes.h"
#include "journal/checksum.h"
#include "runtime/defect.h"

#include <algorithm>

namespace cartd::journal {
namespace {

constexpr std::string_view segment_magic = "CARTDLOG";
constexpr std::string_view group_magic = "GRP1";
constexpr std::uint32_t form = 1;
constexpr std::uint32_t group_head_bytes = 16;
constexpr char group_end = static_cast<char>(0xC4);
// Disks write sectors of at least as much whole or not at all.
constexpr std::size_t sector = 512;

bool is_zero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

struct GroupHead {
  std::uint32_t length;
  std::uint32_t synced_end;
};

std::uint32_t head_checksum(std::string_view head, const SegmentHeader& header, std::uint32_t at) {
  return checksum(head.substr(4, group_head_bytes - 4), header.salt + at);
}

bool is_head(std::string_view segment, const SegmentHeader& header, std::size_t at) {
  if (segment.size() - at < group_head_bytes) return false;
  const std::string_view head = segment.substr(at, group_head_bytes);
  return head.substr(12) == group_magic &&
         number_at(head, 0, 4) == head_checksum(head, header, static_cast<std::uint32_t>(at));
}

GroupHead head_at(std::string_view segment, std::size_t at) {
  return {static_cast<std::uint32_t>(number_at(segment, at + 4, 4)),
          static_cast<std::uint32_t>(number_at(segment, at + 8, 4))};
}

/// Whether `records`, which stand at `offset`, are whole records and fill it.
bool are_whole(std::string_view records, std::uint32_t offset) {
  while (!records.empty()) {
    const auto found = read_frame(records, offset);
    if (!found) return false;
    records.remove_prefix(found->bytes);
    offset += found->bytes;
  }
  return true;
}

/// The end of the group at `at`; 0 when there is no whole one.
std::size_t end_of_group(std::string_view segment, const SegmentHeader& header, std::size_t at) {
  if (!is_head(segment, header, at)) return 0;
  const GroupHead head = head_at(segment, at);
  const std::size_t begin = at + group_head_bytes;
  if (head.length == 0 || head.length > segment.size() - begin) return 0;
  const std::size_t end = begin + head.length;
  if (segment[end - 1] != group_end) return 0;
  return are_whole(segment.substr(begin, head.length - 1), static_cast<std::uint32_t>(begin)) ? end : 0;
}

/// Whether a sector's share of [at, end) was never written.
bool lacks_a_sector(std::string_view segment, std::size_t at, std::size_t end) {
  while (at < end) {
    const std::size_t next = std::min(end, at - at % sector + sector);
    if (is_zero(segment.substr(at, next - at))) return true;
    at = next;
  }
  return false;
}

/// Whether a later group knows that what is at `at` was on disk.
bool was_synced(std::string_view segment, const SegmentHeader& header, std::size_t at) {
  for (auto next = segment.find(group_magic, at + 1); next != std::string_view::npos;
       next = segment.find(group_magic, next + 1)) {
    const std::size_t head = next - (group_head_bytes - group_magic.size());
    if (head > at && is_head(segment, header, head) && head_at(segment, head).synced_end > at) return true;
  }
  return false;
}

/// What begins at `at`, where there is no whole group.
Rest rest_at(std::string_view segment, const SegmentHeader& header, std::size_t at) {
  if (is_zero(segment.substr(at))) return Rest::nothing;
  if (was_synced(segment, header, at)) return Rest::damaged;
  if (segment.size() - at < group_head_bytes) return Rest::torn;
  const std::size_t begin = at + group_head_bytes;
  if (!is_head(segment, header, at)) {
    // A write in the order of the bytes leaves the head's last one for last; one sector may also come before another.
    const bool torn = segment[begin - 1] == '\0' || lacks_a_sector(segment, at, begin);
    return torn ? Rest::torn : Rest::damaged;
  }
  const std::uint32_t length = head_at(segment, at).length;
  if (length > segment.size() - begin) return Rest::torn;
  const std::size_t end = begin + length;
  return segment[end - 1] == '\0' || lacks_a_sector(segment, at, end) ? Rest::torn : Rest::damaged;
}

/// Shows the records of a whole group. False when `visit` wants no more.
bool show(std::string_view records, std::uint32_t offset, const std::function<bool(const Frame&)>& visit) {
  while (!records.empty()) {
    const auto found = read_frame(records, offset);
    if (!visit(*found)) return false;
    records.remove_prefix(found->bytes);
    offset += found->bytes;
  }
  return true;
}

}  // namespace

std::string encode(const SegmentHeader& header) {
  std::string bytes(segment_magic);
  append_number(bytes, form, 4);
  append_number(bytes, header.number, 8);
  append_number(bytes, header.salt, 8);
  append_number(bytes, header.previous_end, 4);
  append_number(bytes, checksum(bytes, 0), 4);
  return bytes;
}

boost::system::result<SegmentHeader, std::string> read_segment_header(std::string_view segment) {
  if (segment.size() < segment_header_bytes || !segment.starts_with(segment_magic))
    return std::string("it does not begin as a segment of a journal does");
  const auto written_by = number_at(segment, 8, 4);
  if (number_at(segment, segment_header_bytes - 4, 4) != checksum(segment.substr(0, segment_header_bytes - 4), 0))
    return std::string("its header is damaged");
  if (written_by > form) {
    return "it was written by a newer version of cartd (form " + std::to_string(written_by) + "; this one reads form " +
           std::to_string(form) + ")";
  }
  return SegmentHeader{number_at(segment, 12, 8), number_at(segment, 20, 8),
                       static_cast<std::uint32_t>(number_at(segment, 28, 4))};
}

std::string frame(Kind kind, std::string_view payload) {
  std::string bytes(4, '\0');
  bytes.reserve(frame_head_bytes + payload.size());
  append_number(bytes, payload.size(), 4);
  bytes += static_cast<char>(kind);
  bytes += payload;
  std::string sum;
  append_number(sum, checksum(std::string_view(bytes).substr(4), 0), 4);
  std::copy(sum.begin(), sum.end(), bytes.begin());
  return bytes;
}

boost::system::result<Frame, std::string> read_frame(std::string_view bytes, std::uint32_t offset) {
  if (bytes.size() < frame_head_bytes) return std::string("a record is cut off");
  const std::uint64_t length = number_at(bytes, 4, 4);
  if (length > bytes.size() - frame_head_bytes) return std::string("a record is cut off");
  const std::string_view whole = bytes.substr(0, frame_head_bytes + length);
  if (number_at(whole, 0, 4) != checksum(whole.substr(4), 0)) return std::string("a record's checksum is wrong");
  return Frame{static_cast<Kind>(whole[8]), whole.substr(frame_head_bytes), offset,
               static_cast<std::uint32_t>(whole.size())};
}

Group::Group(const SegmentHeader& header, std::uint32_t start)
    : header_(header), start_(start), bytes_(group_head_bytes, '\0') {
  static_assert(head_bytes == group_head_bytes);
}

std::uint32_t Group::add(std::string_view framed) {
  ensure(!finished_, "a journal's group is still open");
  const auto offset = static_cast<std::uint32_t>(start_ + bytes_.size());
  bytes_ += framed;
  return offset;
}

void Group::for_each(const std::function<void(const Frame&)>& visit) const {
  const std::size_t end = bytes_.size() - (finished_ ? 1 : 0);
  const auto shown = [&visit](const Frame& frame) {
    visit(frame);
    return true;
  };
  show(std::string_view(bytes_).substr(head_bytes, end - head_bytes), start_ + head_bytes, shown);
}

std::string_view Group::finish(std::uint32_t synced_end) {
  if (finished_) return bytes_;
  finished_ = true;
  bytes_ += group_end;
  std::string rest;
  append_number(rest, bytes_.size() - head_bytes, 4);
  append_number(rest, synced_end, 4);
  rest += group_magic;
  std::copy(rest.begin(), rest.end(), bytes_.begin() + 4);
  std::string sum;
  append_number(sum, head_checksum(bytes_, header_, start_), 4);
  std::copy(sum.begin(), sum.end(), bytes_.begin());
  return bytes_;
}

Scanned scan(std::string_view segment, const SegmentHeader& header, const std::function<bool(const Frame&)>& visit) {
  std::size_t at = segment_header_bytes;
  while (at < segment.size()) {
    const std::size_t end = end_of_group(segment, header, at);
    if (end == 0) return {static_cast<std::uint32_t>(at), rest_at(segment, header, at)};
    const std::size_t records = at + group_head_bytes;
    at = end;
    if (!show(segment.substr(records, end - 1 - records), static_cast<std::uint32_t>(records), visit)) break;
  }
  return {static_cast<std::uint32_t>(at), Rest::nothing};
}

}  // namespace cartd::journal
