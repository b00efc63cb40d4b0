#include "store/embedded/folder_check.h"

#include "runtime/folder_access.h"
#include "store/embedded/folder_lock.h"

namespace cartd::embedded {

std::string folder_fault(const std::filesystem::path& parent, const std::string& name) {
  return cartd::folder_fault(parent, name, [](const std::filesystem::path& folder) -> std::string {
    return is_locked(folder) ? "the carts in " + quoted(folder) + " are used by another process" : "";
  });
}

}  // namespace cartd::embedded
