// A disk small enough to be filled: a file system in memory.
//
// Only the thread that makes the first one, and the processes that it starts from then on, see what is mounted: so nothing
// stays behind, however the test ends. Other threads see an empty folder.
#pragma once

#include <cstdint>
#include <filesystem>

namespace cartd::test {

/// True where mounting is permitted. Then the calling thread sees its own mounts from now on.
bool can_fill_disks();

class SmallDisk {
 public:
  /// Mounts `bytes` of space at `folder`, which is made. Unless can_fill_disks() it is a folder like any other.
  SmallDisk(std::filesystem::path folder, std::uint64_t bytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  const std::filesystem::path& path() const { return folder_; }

  /// Leaves no byte of space, until empty().
  void fill();
  /// Gives back the space that fill() took.
  void empty();

 private:
  std::filesystem::path ballast() const { return folder_ / "ballast"; }

  const std::filesystem::path folder_;
  bool mounted_ = false;
};

}  // namespace cartd::test
