#include "apps/cartd/machine.h"

#include "support/temp_dir.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace cartd::app {
namespace {

constexpr std::uint64_t MiB = 1ULL << 20;

class MemoryOfTheMachine : public ::testing::Test {
 protected:
  void write(const std::filesystem::path& file, const std::string& text) const {
    const std::filesystem::path path = folder_.path() / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  std::uint64_t bytes() const { return memory_bytes(folder_.path()); }

  const test::TempDir folder_;
  const std::uint64_t machine = memory_bytes(folder_.path());  // There are no groups.
};

TEST_F(MemoryOfTheMachine, IsAllOfItWithoutALimit) {
  EXPECT_GT(machine, 64 * MiB);
  write("proc/self/cgroup", "4:memory:/\n0::/\n");
  write("sys/fs/cgroup/memory.max", "max\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(bytes(), machine);
}

TEST_F(MemoryOfTheMachine, IsWhatTheControlGroupAllows) {
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/memory.max", "33554432\n");
  EXPECT_EQ(bytes(), 32 * MiB);
}

TEST_F(MemoryOfTheMachine, IsTheLeastOfTheGroupsAroundIt) {
  write("proc/self/cgroup", "0::/system.slice/cartd.service\n");
  write("sys/fs/cgroup/memory.max", "max\n");
  write("sys/fs/cgroup/system.slice/memory.max", "33554432\n");
  write("sys/fs/cgroup/system.slice/cartd.service/memory.max", "67108864\n");
  EXPECT_EQ(bytes(), 32 * MiB);
}

TEST_F(MemoryOfTheMachine, IsReadFromTheFirstVersionOfControlGroupsToo) {
  write("proc/self/cgroup", "5:cpu,memory:/docker/abc\n0::/docker/abc\n");
  write("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "33554432\n");
  EXPECT_EQ(bytes(), 32 * MiB);
}

TEST_F(MemoryOfTheMachine, IsFoundInAContainerThatSeesOnlyItsOwnGroup) {
  write("proc/self/cgroup", "5:memory:/kubepods/pod1/abc\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "33554432\n");
  EXPECT_EQ(bytes(), 32 * MiB);
}

}  // namespace
}  // namespace cartd::app
