#include "chaos/faults/small_disk.h"

#include "chaos/faults/namespaces.h"

#include <sys/mount.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace cartd::test {

namespace {
void remount(const std::filesystem::path& folder, unsigned long flags) {
  if (::mount(nullptr, folder.c_str(), nullptr, MS_REMOUNT | MS_BIND | flags, nullptr) != 0)
    throw std::system_error(errno, std::generic_category(), "a disk cannot be mounted otherwise");
}
}  // namespace

SmallDisk::SmallDisk(std::filesystem::path folder, std::uint64_t bytes) : folder_(std::move(folder)) {
  std::filesystem::create_directories(folder_);
  const std::string size = "size=" + std::to_string(bytes);
  mounted_ = mounts_obstacle().empty() && ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, size.c_str()) == 0;
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

void SmallDisk::lock() { remount(folder_, MS_RDONLY); }

void SmallDisk::unlock() { remount(folder_, 0); }

}  // namespace cartd::test
