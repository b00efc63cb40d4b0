// Whether the embedded store could be opened in a folder, found out without changing anything.
#pragma once

#include <filesystem>
#include <string>

namespace cartd::embedded {

/// Why the database `parent`/`name` cannot be opened or made, as far as folders, permissions and the lock tell; empty
/// when nothing speaks against it. `parent` may be missing, if it can be made. For people: names files.
std::string folder_fault(const std::filesystem::path& parent, const std::string& name);

}  // namespace cartd::embedded
