// What is taken from the heap, for tests that show that something does not, or how much.
#pragma once

#include <cstddef>

namespace cartd::test {

/// Bytes that this thread has asked operator new for since it began.
std::size_t allocated_bytes();

/// Bytes that the process has from operator new now, with what the allocator adds to each.
std::size_t allocated_now();

}  // namespace cartd::test
