// What the machine grants this process.
#pragma once

#include <cstdint>

namespace cartd::app {

/// Raises the limit of open files, and so of connections, as far as the process may. Best effort.
void raise_file_limit();

/// Bytes of memory that the process may use: the machine's, or its control group's (cgroup v2) where that is less.
std::uint64_t memory_bytes();

}  // namespace cartd::app
