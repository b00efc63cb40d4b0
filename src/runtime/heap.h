// What the allocator keeps of the memory that was freed. Which allocator that is, CMake's CARTD_ALLOCATOR says.
#pragma once

namespace cartd {

/// Returns to the system what is free, also between blocks that are used. Takes milliseconds. Thread-safe.
void return_free_memory();

}  // namespace cartd
