// A disk small enough to be filled, and that can be locked: a file system in memory.
//
// Only this process and its children see what is mounted (chaos/faults/namespaces.h): so nothing stays behind, however
// the test ends.
#pragma once

#include <cstdint>
#include <filesystem>

namespace cartd::test {

class SmallDisk {
 public:
  /// Mounts `bytes` of space at `folder`, which is made. With a mounts_obstacle() it is a folder like any other.
  SmallDisk(std::filesystem::path folder, std::uint64_t bytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  const std::filesystem::path& path() const { return folder_; }

  /// Leaves no byte of space, until empty().
  void fill();
  /// Gives back the space that fill() took.
  void empty();

  /// Nothing can be written, made or removed, until unlock(). No file may be open for writing. Throws
  /// std::system_error.
  void lock();
  void unlock();

 private:
  std::filesystem::path ballast() const { return folder_ / "ballast"; }

  const std::filesystem::path folder_;
  bool mounted_ = false;
};

}  // namespace cartd::test
