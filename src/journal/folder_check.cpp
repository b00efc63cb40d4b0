#include "journal/folder_check.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace cartd::journal {
namespace {

namespace fs = std::filesystem;

std::string quoted(const fs::path& path) { return "\"" + path.string() + "\""; }

// Empty, or why this process may not do what `mode` says: see access(2). A file system that is mounted for reading
// counts.
std::string denied(const fs::path& path, int mode, const char* what) {
  if (faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0) return {};
  return quoted(path) + " cannot be " + what + ": " + std::generic_category().message(errno);
}

std::string folder_denied(const fs::path& folder) {
  std::error_code failed;
  if (!fs::is_directory(folder, failed)) return quoted(folder) + " is not a folder";
  return denied(folder, R_OK | W_OK | X_OK, "written");
}

// The lock of the journal is one of fcntl(2), which can be asked about without being taken.
bool is_locked(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool locked = ::fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  ::close(descriptor);
  return locked;
}

}  // namespace

std::string earlier_version_fault(const fs::path& folder) {
  std::error_code failed;
  bool has_database = false;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename().string();
    has_database |= name == "CURRENT" || name.starts_with("MANIFEST-");
  }
  if (!has_database) return {};
  return "it is of an earlier version of cartd, which this one does not read; start that version "
         "until `cartctl outbox` shows no change and no dead letter, stop it, and delete all files in the folder but "
         "JOURNAL-LOCK and *.segment";
}

std::string folder_fault(const fs::path& parent, const std::string& name) {
  std::error_code failed;
  if (!fs::exists(fs::symlink_status(parent, failed))) {
    const fs::path above = fs::absolute(parent, failed).lexically_normal().parent_path();
    const fs::path existing = parent.has_filename() ? above : above.parent_path();
    if (!fs::exists(existing, failed)) return "cannot be made, because " + quoted(existing) + " does not exist";
    return folder_denied(existing);
  }
  if (std::string fault = folder_denied(parent); !fault.empty()) return fault;
  const fs::path folder = parent / name;
  if (!fs::exists(folder, failed)) return {};
  if (std::string fault = folder_denied(folder); !fault.empty()) return fault;
  if (is_locked(folder / lock_file)) return "the journal in " + quoted(folder) + " is used by another process";
  if (std::string fault = earlier_version_fault(folder); !fault.empty())
    return "the journal in " + quoted(folder) + " cannot be opened: " + fault;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed))
    if (std::string fault =
            denied(entry.path(), entry.is_directory(failed) ? R_OK | W_OK | X_OK : R_OK | W_OK, "written");
        !fault.empty())
      return fault;
  return {};
}

}  // namespace cartd::journal
