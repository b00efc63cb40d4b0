#include "allocations.h"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
thread_local std::size_t allocated = 0;
std::atomic<std::size_t> in_use = 0;

void* allocate(std::size_t bytes) noexcept {
  allocated += bytes;
  void* const memory = std::malloc(bytes == 0 ? 1 : bytes);
  in_use += ::malloc_usable_size(memory);
  return memory;
}
void release(void* memory) noexcept {
  in_use -= ::malloc_usable_size(memory);
  std::free(memory);
}
}  // namespace

// The program's own, in place of the library's.
void* operator new(std::size_t bytes) {
  if (void* const memory = allocate(bytes)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return allocate(bytes); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }

namespace cartd::test {

std::size_t allocated_bytes() { return allocated; }
std::size_t allocated_now() { return in_use; }

}  // namespace cartd::test
