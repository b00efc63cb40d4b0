// The journal's segments on disk: the newest, to which groups are written, and the older ones, which go when nothing in
// them is needed any more.
//
// Threads: used by one at a time.
#pragma once

#include "journal/disk.h"
#include "journal/folder_lock.h"
#include "journal/live_index.h"
#include "journal/segment.h"

#include <boost/system/result.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace cartd::journal {

/// A segment is followed by another when it has as much. So much is allocated for it when it begins.
inline constexpr std::uint32_t segment_bytes = std::uint32_t{8} << 20;

/// Of a segment's file. (Not ".log": RocksDB, which earlier versions of cartd kept journals in, deletes such files.)
inline constexpr const char* segment_extension = ".segment";
/// "0000000000000007.segment"
std::string segment_name(std::uint64_t number);

/// All of a file.
DiskResult<std::string> read_file(Disk& disk, const std::filesystem::path& path);

class SegmentedLog {
 public:
  /// What is there already, all of it on disk: each segment's number, and how much of it counts.
  using Segments = std::map<std::uint64_t, std::uint32_t>;

  /// `disk` outlives the log. Nothing can be written before roll().
  SegmentedLog(Disk& disk, std::filesystem::path folder, std::unique_ptr<FolderLock> lock, Segments segments);
  ~SegmentedLog();
  SegmentedLog(const SegmentedLog&) = delete;
  SegmentedLog& operator=(const SegmentedLog&) = delete;

  /// Begins a new segment behind what counts, after the last one was synced. On failure everything is as it was.
  std::optional<Trouble> roll();
  /// The newest segment has as much as it is to have.
  bool is_roll_due() const { return end_ >= segment_bytes; }

  /// An empty group, for write().
  Group next_group() const { return {header_, end_}; }
  /// After a failure nothing is written before roll().
  std::optional<Trouble> write(Group& group, bool sync);
  /// All that was written is on disk.
  std::optional<Trouble> sync();

  /// Deletes the segments before `oldest`. What was copied from them must be on disk.
  std::optional<Trouble> trim(std::uint64_t oldest);
  std::uint64_t oldest() const { return sealed_.empty() ? header_.number : sealed_.begin()->first; }
  std::uint64_t newest() const { return header_.number; }
  /// Of all segments but the newest.
  std::uint64_t sealed_bytes() const { return sealed_bytes_; }

  /// The bytes at a position.
  boost::system::result<std::string, Trouble> read(const Position& position);
  /// All that counts of an older segment, with its header.
  boost::system::result<std::string, Trouble> read_sealed(std::uint64_t number);

 private:
  std::filesystem::path path_of(std::uint64_t number) const { return folder_ / segment_name(number); }

  Disk& disk_;
  const std::filesystem::path folder_;
  std::unique_ptr<FolderLock> lock_;
  Segments sealed_;
  std::uint64_t sealed_bytes_ = 0;

  SegmentHeader header_{};  ///< Of the newest segment; its number is 0 before the first roll().
  std::unique_ptr<Disk::File> file_{};
  std::uint32_t end_ = 0;
  std::uint32_t synced_end_ = 0;

  std::uint64_t open_number_ = 0;  ///< Of the older segment that was read from last.
  std::unique_ptr<Disk::File> open_file_{};
};

}  // namespace cartd::journal
