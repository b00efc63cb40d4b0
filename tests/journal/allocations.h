// What a thread takes from the heap, for tests that show that something does not.
#pragma once

#include <cstddef>

namespace cartd::test {

/// Bytes that this thread has asked operator new for since it began.
std::size_t allocated_bytes();

}  // namespace cartd::test
