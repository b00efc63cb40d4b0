#include "history/theatre/small_disk.h"

#include <sched.h>
#include <sys/mount.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {

// The mounts end with this thread and its children (mount_namespaces(7)).
bool can_fill_disks() {
  thread_local const bool apart = ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  return apart;
}

SmallDisk::SmallDisk(std::filesystem::path folder, std::uint64_t bytes) : folder_(std::move(folder)) {
  std::filesystem::create_directories(folder_);
  const std::string size = "size=" + std::to_string(bytes);
  mounted_ = can_fill_disks() && ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, size.c_str()) == 0;
}

SmallDisk::~SmallDisk() {
  // Lazily: a process that was killed a moment ago may still be holding files.
  if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
}

void SmallDisk::fill() {
  std::ofstream out(ballast(), std::ios::binary | std::ios::app);
  for (std::size_t piece = 64 * 1024; piece > 0;) {
    const std::vector<char> bytes(piece);
    if (!out.write(bytes.data(), static_cast<std::streamsize>(piece)).flush()) {
      out.clear();
      piece /= 2;
    }
  }
}

void SmallDisk::empty() { std::filesystem::remove(ballast()); }

}  // namespace cartd::test
