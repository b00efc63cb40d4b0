// The machine's resources for this process.
#pragma once

#include <cstdint>
#include <filesystem>

namespace cartd::app {

/// Raises the limit of open files, and so of connections, as far as the process may. Best effort.
void raise_file_limit();

/// Bytes of memory that the process may use: the machine's, or the least that its control groups allow (cgroup v1 or
/// v2) where that is less. `root` is where the system's files are.
std::uint64_t memory_bytes(const std::filesystem::path& root = "/");

}  // namespace cartd::app
