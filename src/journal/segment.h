// The form of the journal's segments: files to which groups of records are appended, and nothing else. Pure.
//
// All numbers are big-endian. A segment begins with a header of 36 bytes:
//   "CARTDLOG", form (4 bytes), number (8), salt (8), end of the previous segment (4), checksum of all that (4)
// and goes on with groups. What was allocated and not written is zeros. A group is
//   checksum of the next 12 bytes (4), length of the rest (4), synced end (4), "GRP1"
//   its records, each: checksum of what follows (4), length of the payload (4), kind (1), payload
//   the byte 0xC4
// The checksum of a group's head is seeded with the segment's salt and the group's offset: nothing else in the file,
// and nothing that a client sends, can be taken for one. The *synced end* is how much of the segment was on disk for
// certain when the group was written; so a group tells of an earlier one whether it was acknowledged.
//
// A segment that a crash ended holds whole groups and then zeros, nothing, or what an interrupted write leaves. Such a
// rest is dropped: nobody was told that it succeeded. The next segment's header says where the previous one ends.
// Anything else is damage.
#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace cartd::journal {

struct SegmentHeader {
  std::uint64_t number;        ///< From 1 on, without gaps.
  std::uint64_t salt;          ///< Random.
  std::uint32_t previous_end;  ///< How much of the segment before it counts.
};

inline constexpr std::uint32_t segment_header_bytes = 36;
/// The longest that a segment can be and still be read.
inline constexpr std::uint32_t max_segment_bytes = std::uint32_t{1} << 30;

std::string encode(const SegmentHeader& header);
/// On failure a clause for the operator.
boost::system::result<SegmentHeader, std::string> read_segment_header(std::string_view segment);

/// What a record says; see entry.h for the payloads.
enum class Kind : unsigned char {
  record = 'r',       ///< A change.
  acceptance = 'a',   ///< A record was acknowledged.
  release = 'f',      ///< Records are no longer needed.
  dead_letter = 'd',  ///< A record became a dead letter.
  drop = 'x',         ///< A dead letter is no longer needed.
  producers = 'p',    ///< Who has used this journal.
};

/// A record as it stands in a group.
std::string frame(Kind kind, std::string_view payload);
inline constexpr std::uint32_t frame_head_bytes = 9;

/// A record that was found.
struct Frame {
  Kind kind;
  std::string_view payload;
  std::uint32_t offset;  ///< Of the whole record, in its segment.
  std::uint32_t bytes;   ///< Of the whole record.
};

/// The record that `bytes` is, if it is whole. `offset` is what the frame says of itself.
boost::system::result<Frame, std::string> read_frame(std::string_view bytes, std::uint32_t offset);

/// A group while it is put together.
class Group {
 public:
  /// Of the segment with this header, to be written at `start`.
  Group(const SegmentHeader& header, std::uint32_t start);

  /// A record from frame(). Its offset in the segment.
  std::uint32_t add(std::string_view framed);
  bool empty() const { return bytes_.size() == head_bytes; }
  std::size_t size() const { return bytes_.size(); }
  std::uint64_t segment() const { return header_.number; }
  std::uint32_t start() const { return start_; }

  /// Shows each record.
  void for_each(const std::function<void(const Frame&)>& visit) const;

  /// All of it, to be written at start(). Nothing can be added afterwards.
  std::string_view finish(std::uint32_t synced_end);

 private:
  static constexpr std::uint32_t head_bytes = 16;

  SegmentHeader header_;
  std::uint32_t start_;
  std::string bytes_;
  bool finished_ = false;
};

/// What follows the last whole group of a segment.
enum class Rest {
  nothing,  ///< Zeros, or the end of the file.
  torn,     ///< What an interrupted write leaves.
  damaged,  ///< Anything else: it may have been acknowledged.
};

struct Scanned {
  std::uint32_t end;  ///< Of the last whole group, or of the header.
  Rest rest;
};

/// Shows each record of each whole group, until `visit` answers false.
Scanned scan(std::string_view segment, const SegmentHeader& header, const std::function<bool(const Frame&)>& visit);

}  // namespace cartd::journal
