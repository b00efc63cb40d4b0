#include "chaos/faults/small_disk.h"
#include "chaos/faults/namespaces.h"
#include "support/process.h"
#include "support/temp_dir.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace cartd::test {
namespace {

TEST(SmallDiskTest, AFullDiskRefusesWritesUntilItIsEmptied) {
  if (!mounts_obstacle().empty()) GTEST_SKIP() << "no fault fills a disk here: " << mounts_obstacle();
  const TempDir folder;
  SmallDisk disk(folder.path() / "disk", 1 << 20);
  int files = 0;
  const auto can_write = [&] {
    std::ofstream out(disk.path() / std::to_string(++files));
    return static_cast<bool>(out << "text" << std::flush);
  };
  EXPECT_TRUE(can_write());
  disk.fill();
  EXPECT_FALSE(can_write());
  disk.empty();
  EXPECT_TRUE(can_write());
}

TEST(SmallDiskTest, ALockedDiskIsReadOnlyUntilItIsUnlocked) {
  if (!mounts_obstacle().empty()) GTEST_SKIP() << "no fault locks a disk here: " << mounts_obstacle();
  const TempDir folder;
  SmallDisk disk(folder.path() / "disk", 1 << 20);
  std::ofstream(disk.path() / "note") << "text";
  disk.lock();
  EXPECT_FALSE(std::ofstream(disk.path() / "other").is_open());
  EXPECT_EQ(read_text(disk.path() / "note"), "text");
  disk.unlock();
  EXPECT_TRUE(std::ofstream(disk.path() / "other").is_open());
}

}  // namespace
}  // namespace cartd::test
