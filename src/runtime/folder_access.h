// Whether this process can use a folder, found out without changing anything.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace cartd {

/// Why the folder `parent`/`name` and what lies in it cannot be read and written, or made; empty when nothing speaks
/// against it. `parent` may be missing, if it can be made. `own_fault` is asked about a folder that is there, and
/// answers the same. For people: names files.
std::string folder_fault(const std::filesystem::path& parent, const std::string& name,
                         const std::function<std::string(const std::filesystem::path& folder)>& own_fault);

/// "/var/lib/cartd", with the quotes.
std::string quoted(const std::filesystem::path& path);

}  // namespace cartd
