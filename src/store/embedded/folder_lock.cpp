#include "store/embedded/folder_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace cartd::embedded {
namespace {

// Of the open file and not of the process: so that one process cannot have it twice either.
struct flock whole_file() {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return whole;
}

}  // namespace

boost::system::result<std::unique_ptr<FolderLock>, std::error_code> FolderLock::take(
    const std::filesystem::path& folder) {
  const int file = ::open((folder / lock_file).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return std::error_code(errno, std::generic_category());
  std::unique_ptr<FolderLock> lock(new FolderLock(file));
  struct flock whole = whole_file();
  if (::fcntl(file, F_OFD_SETLK, &whole) != 0) return std::unique_ptr<FolderLock>();
  return lock;
}

// The number and its complement, in one sector, which disks write whole or not at all.
void FolderLock::note(std::uint64_t writes) {
  const std::array<std::uint64_t, 2> both{writes, ~writes};
  // Where it fails there is less to be noticed later.
  [[maybe_unused]] const auto written = ::pwrite(file_, both.data(), sizeof(both), 0);
}

std::optional<std::uint64_t> FolderLock::noted() const {
  std::array<std::uint64_t, 2> both{};
  const auto got = ::pread(file_, both.data(), sizeof(both), 0);
  // A loss of power may leave zeros of a new file.
  if (got == 0 || (got == sizeof(both) && both[0] == 0 && both[1] == 0)) return 0;
  if (got != sizeof(both) || both[1] != ~both[0]) return std::nullopt;
  return both[0];
}

FolderLock::~FolderLock() { ::close(file_); }

bool is_locked(const std::filesystem::path& folder) {
  const int file = ::open((folder / lock_file).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  struct flock whole = whole_file();
  const bool locked = ::fcntl(file, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
  ::close(file);
  return locked;
}

}  // namespace cartd::embedded
