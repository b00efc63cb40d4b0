#include "store/embedded/folder_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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
