#include "journal/folder_check.h"

#include "runtime/folder_access.h"

#include <fcntl.h>
#include <unistd.h>

#include <system_error>

namespace cartd::journal {
namespace {

namespace fs = std::filesystem;

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
  return cartd::folder_fault(parent, name, [](const fs::path& folder) -> std::string {
    if (is_locked(folder / lock_file)) return "the journal in " + quoted(folder) + " is used by another process";
    const std::string fault = earlier_version_fault(folder);
    return fault.empty() ? "" : "the journal in " + quoted(folder) + " cannot be opened: " + fault;
  });
}

}  // namespace cartd::journal
