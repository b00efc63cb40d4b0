#include "frozen_file_system.h"

#include "support/process.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <utility>

namespace cartd::test {
namespace {

constexpr off_t size = off_t{64} << 20;

/// Waits for the end of `parent`. For a child of a process with threads: system calls only.
[[noreturn]] void thaw_after(pid_t parent, int folder) {
  const timespec pause{.tv_sec = 0, .tv_nsec = 200'000'000};
  while (::getppid() == parent) ::nanosleep(&pause, nullptr);
  ::ioctl(folder, FITHAW, 0);
  ::_exit(0);
}

}  // namespace

MountedFileSystem::MountedFileSystem(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::filesystem::create_directories(folder_);
  const std::string image = image_folder_.path() / "image";
  const int file = ::open(image.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const bool made = file >= 0 && ::ftruncate(file, size) == 0;
  ::close(file);
  if (!made || run_to_end({"mkfs.ext4", "-q", image}, {}) != 0) why_not_ = "mkfs.ext4";
  else if (run_to_end({"mount", "-o", "loop", image, folder_.string()}, {}) != 0) why_not_ = "mount -o loop";
}

MountedFileSystem::~MountedFileSystem() {
  if (mounted()) ::umount2(folder_.c_str(), MNT_DETACH);
}

FrozenFileSystem::FrozenFileSystem(const std::filesystem::path& folder)
    : folder_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY)) {
  const pid_t parent = ::getpid();
  guard_ = ::fork();
  if (guard_ == 0) thaw_after(parent, folder_);
  frozen_ = guard_ > 0 && ::ioctl(folder_, FIFREEZE, 0) == 0;
}

FrozenFileSystem::~FrozenFileSystem() {
  if (frozen_) ::ioctl(folder_, FITHAW, 0);
  if (guard_ > 0) {
    ::kill(guard_, SIGKILL);
    ::waitpid(guard_, nullptr, 0);
  }
  ::close(folder_);
}

}  // namespace cartd::test
