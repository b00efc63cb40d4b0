// Whether the embedded store could be opened in a folder, found out without changing anything.
#pragma once

#include <filesystem>
#include <string>

namespace cartd::embedded {

/// Whether another process uses the database in this folder. Not to be asked by a process that uses it itself: its lock
/// would go.
bool is_in_use(const std::filesystem::path& folder);

/// Why the database `parent`/`name` cannot be opened or made, as far as folders, permissions and the lock tell; empty
/// when nothing speaks against it. `parent` may be missing, if it can be made. For people: names files. Not to be asked
/// by a process that uses the database itself.
std::string folder_fault(const std::filesystem::path& parent, const std::string& name);

}  // namespace cartd::embedded
