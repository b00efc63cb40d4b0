#include "runtime/time_slice.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <thread>

namespace cartd {
namespace {

/// sched_attr::sched_runtime of the calling thread; 0 where the kernel knows no slices of single threads.
std::uint64_t slice() {
  std::array<char, 48> attributes{};
  std::uint64_t runtime = 0;
  if (::syscall(SYS_sched_getattr, 0, attributes.data(), attributes.size(), 0) == 0)
    std::memcpy(&runtime, attributes.data() + 24, sizeof(runtime));
  return runtime;
}

TEST(TimeSlice, IsShortWhereTheKernelKnowsIt) {
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  std::thread([&] {
    before = slice();
    ask_for_short_time_slices();
    after = slice();
  }).join();
  if (before == 0) GTEST_SKIP() << "this kernel has no time slices of single threads";
  EXPECT_EQ(after, 100'000U);
  EXPECT_EQ(slice(), before) << "of another thread";
}

TEST(TimeSlice, LeavesAnotherPolicyAlone) {
  int policy = 0;
  std::thread([&] {
    const sched_param none{};
    ASSERT_EQ(::sched_setscheduler(0, SCHED_BATCH, &none), 0);
    ask_for_short_time_slices();
    policy = ::sched_getscheduler(0);
  }).join();
  EXPECT_EQ(policy, SCHED_BATCH);
}

TEST(TimeSlice, LeavesThePriorityAlone) {
  int priority = 0;
  std::thread([&] {
    ASSERT_EQ(::setpriority(PRIO_PROCESS, 0, 3), 0);
    ask_for_short_time_slices();
    priority = ::getpriority(PRIO_PROCESS, 0);
  }).join();
  EXPECT_EQ(priority, 3);
}

}  // namespace
}  // namespace cartd
