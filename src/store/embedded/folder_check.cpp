#include "store/embedded/folder_check.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace cartd::embedded {
namespace {

namespace fs = std::filesystem;

std::string quoted(const fs::path& path) { return "\"" + path.string() + "\""; }

/// Empty, or why this process may not write there. A file system that is mounted for reading counts.
std::string write_fault(const fs::path& path, int mode) {
  if (faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0) return {};
  return quoted(path) + " cannot be written: " + std::generic_category().message(errno);
}

std::string folder_write_fault(const fs::path& folder) {
  std::error_code failed;
  if (!fs::is_directory(folder, failed)) return quoted(folder) + " is not a folder";
  return write_fault(folder, R_OK | W_OK | X_OK);
}

}  // namespace

// RocksDB's lock is one of fcntl(2), which can be asked about without being taken.
bool is_in_use(const fs::path& folder) {
  const int file = ::open((folder / "LOCK").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool locked = ::fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  ::close(file);
  return locked;
}

std::string folder_fault(const fs::path& parent, const std::string& name) {
  std::error_code failed;
  if (!fs::exists(fs::symlink_status(parent, failed))) {
    const fs::path above = fs::absolute(parent, failed).lexically_normal().parent_path();
    const fs::path existing = parent.has_filename() ? above : above.parent_path();
    if (!fs::exists(existing, failed)) return "cannot be made, because " + quoted(existing) + " does not exist";
    return folder_write_fault(existing);
  }
  if (std::string fault = folder_write_fault(parent); !fault.empty()) return fault;
  const fs::path folder = parent / name;
  if (!fs::exists(folder, failed)) return {};
  if (std::string fault = folder_write_fault(folder); !fault.empty()) return fault;
  if (is_in_use(folder)) return "the carts in " + quoted(folder) + " are used by another process";
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed)) {
    const int mode = entry.is_directory(failed) ? R_OK | W_OK | X_OK : R_OK | W_OK;
    if (std::string fault = write_fault(entry.path(), mode); !fault.empty()) return fault;
  }
  return {};
}

}  // namespace cartd::embedded
