// A file system of the test's own, on a file, that can be frozen: then whoever writes to it waits, as on a disk that
// does not answer. Needs root.
#pragma once

#include "support/temp_dir.h"

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace cartd::test {

/// Mounted on `folder`, which is made, while the object lives.
class MountedFileSystem {
 public:
  explicit MountedFileSystem(std::filesystem::path folder);
  ~MountedFileSystem();
  MountedFileSystem(const MountedFileSystem&) = delete;
  MountedFileSystem& operator=(const MountedFileSystem&) = delete;

  bool mounted() const { return why_not_.empty(); }
  /// Which step failed; empty when none did.
  const std::string& why_not() const { return why_not_; }

 private:
  const TempDir image_folder_;
  const std::filesystem::path folder_;
  std::string why_not_;
};

/// Frozen while the object lives. A process of its own thaws it should the test's die: what waits for a frozen file
/// system cannot even be killed.
class FrozenFileSystem {
 public:
  explicit FrozenFileSystem(const std::filesystem::path& folder);
  ~FrozenFileSystem();
  FrozenFileSystem(const FrozenFileSystem&) = delete;
  FrozenFileSystem& operator=(const FrozenFileSystem&) = delete;

  bool frozen() const { return frozen_; }

 private:
  int folder_;
  bool frozen_ = false;
  pid_t guard_ = -1;
};

}  // namespace cartd::test
