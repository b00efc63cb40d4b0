// Keeps other processes, and this one, from using a journal's folder a second time, and remembers which segments belong
// to the journal: in one small file, which is overwritten in place.
//
// Threads: used by one at a time.
#pragma once

#include "journal/disk.h"

#include <boost/system/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

namespace cartd::journal {

/// The segments from `oldest` to at least `newest` are there; what is older is waste. Both 0: there is none yet.
struct SegmentRange {
  std::uint64_t oldest;
  std::uint64_t newest;
};

class FolderLock {
 public:
  /// Null when somebody has it. `disk` outlives the lock.
  static boost::system::result<std::unique_ptr<FolderLock>, Trouble> take(Disk& disk,
                                                                          const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  /// What was written last; 0 and 0 in a new folder. Nothing when it is damaged.
  std::optional<SegmentRange> range() const;
  /// On disk when it returns, if it is to be synced.
  std::optional<Trouble> write(SegmentRange range, bool sync);

 private:
  FolderLock(int file, std::filesystem::path path) : file_(file), path_(std::move(path)) {}

  int file_;
  std::filesystem::path path_;
};

}  // namespace cartd::journal
