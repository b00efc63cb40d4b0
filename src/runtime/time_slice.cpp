#include "runtime/time_slice.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace cartd {
namespace {

constexpr std::uint32_t usual_policy = 0;          // SCHED_OTHER, of <sched.h>
constexpr std::uint64_t shortest_slice = 100'000;  // Nanoseconds. What the kernel allows.

/// struct sched_attr, as sched_setattr(2) has it; C libraries before glibc 2.41 do not.
struct Attributes {
  std::uint32_t size = sizeof(Attributes);
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;  ///< Under the usual policy: the slice, in nanoseconds.
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};

}  // namespace

void ask_for_short_time_slices() {
  constexpr long this_thread = 0;
  Attributes attributes;
  if (::syscall(SYS_sched_getattr, this_thread, &attributes, sizeof(attributes), 0) != 0) return;
  if (attributes.policy != usual_policy) return;
  attributes.runtime = shortest_slice;
  ::syscall(SYS_sched_setattr, this_thread, &attributes, 0);
}

}  // namespace cartd
