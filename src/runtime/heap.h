// Freed memory that the allocator keeps. CMake's CARTD_ALLOCATOR chooses the allocator.
#pragma once

namespace cartd {

/// Returns to the system what is free, also between blocks that are used. Takes milliseconds. Thread-safe.
void return_free_memory();

}  // namespace cartd
