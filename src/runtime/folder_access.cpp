#include "runtime/folder_access.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace cartd {
namespace {

namespace fs = std::filesystem;

/// Empty, or why this process may not do what `mode` says: see access(2). A file system that is mounted for reading
/// counts.
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

std::string quoted(const fs::path& path) { return "\"" + path.string() + "\""; }

std::string folder_fault(const fs::path& parent, const std::string& name,
                         const std::function<std::string(const fs::path& folder)>& own_fault) {
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
  if (std::string fault = own_fault(folder); !fault.empty()) return fault;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed)) {
    const int mode = entry.is_directory(failed) ? R_OK | W_OK | X_OK : R_OK | W_OK;
    if (std::string fault = write_fault(entry.path(), mode); !fault.empty()) return fault;
  }
  return {};
}

}  // namespace cartd
