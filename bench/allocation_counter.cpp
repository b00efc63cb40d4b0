// Preloaded into a program (LD_PRELOAD), counts what it allocates. Where ALLOCATION_COUNTS names a file, the counts
// stand in it as long as the program runs, as four numbers of 64 bits in the machine's byte order: allocations and
// their bytes, and of these the ones made by aligned_alloc(), which is how Boost.Asio allocates coroutine frames and
// handlers.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

struct Counts {
  std::atomic<std::uint64_t> allocations{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> aligned_allocations{0};
  std::atomic<std::uint64_t> aligned_bytes{0};
};

constinit Counts at_first;
constinit std::atomic<Counts*> counts{&at_first};

__attribute__((constructor)) void publish() {
  const char* const path = std::getenv("ALLOCATION_COUNTS");
  if (path == nullptr) return;
  const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || ftruncate(file, sizeof(Counts)) != 0) std::abort();
  void* const shared = mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (shared == MAP_FAILED) std::abort();
  close(file);
  counts = new (shared) Counts;
}

void count(std::size_t bytes) {
  Counts& now = *counts.load(std::memory_order_relaxed);
  now.allocations.fetch_add(1, std::memory_order_relaxed);
  now.bytes.fetch_add(bytes, std::memory_order_relaxed);
}

void count_aligned(std::size_t bytes) {
  count(bytes);
  Counts& now = *counts.load(std::memory_order_relaxed);
  now.aligned_allocations.fetch_add(1, std::memory_order_relaxed);
  now.aligned_bytes.fetch_add(bytes, std::memory_order_relaxed);
}

/// The function that the program would have called without this library.
template <class Function>
Function* next(const char* name) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): that is how dlsym() hands out functions.
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) {
  static auto* const original = next<void*(std::size_t)>("malloc");
  count(size);
  return original(size);
}

void* calloc(std::size_t number, std::size_t size) {
  static auto* const original = next<void*(std::size_t, std::size_t)>("calloc");
  count(number * size);
  return original(number, size);
}

void* realloc(void* memory, std::size_t size) {
  static auto* const original = next<void*(void*, std::size_t)>("realloc");
  count(size);
  return original(memory, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  static auto* const original = next<void*(std::size_t, std::size_t)>("aligned_alloc");
  count_aligned(size);
  return original(alignment, size);
}

}  // extern "C"

// Another allocator may have operators of its own, which do not call malloc().
void* operator new(std::size_t size) {
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
