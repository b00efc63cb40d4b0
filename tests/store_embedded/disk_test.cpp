// Disks that fill up, and files that may not grow.
#include "embedded_fixture.h"

#include "support/file_size_limit.h"
#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

namespace cartd::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

/// A file system in memory, mounted on a fresh folder, where that is permitted.
class SmallFileSystem {
 public:
  explicit SmallFileSystem(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::create_directory(folder_);
    mounted_ = ::mount("none", folder_.c_str(), "tmpfs", 0, "size=96m") == 0;
  }
  ~SmallFileSystem() {
    if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  SmallFileSystem(const SmallFileSystem&) = delete;
  SmallFileSystem& operator=(const SmallFileSystem&) = delete;

  bool mounted() const { return mounted_; }
  std::filesystem::path path() const { return folder_; }
  void leave(std::uintmax_t bytes) const {
    const auto space = std::filesystem::space(folder_).available;
    std::ofstream(folder_ / "ballast") << std::string(space > bytes ? space - bytes : 0, 'x');
  }
  void empty() const { std::filesystem::remove(folder_ / "ballast"); }

 private:
  std::filesystem::path folder_;
  bool mounted_;
};

class FullDiskTest : public EmbeddedTest {
 protected:
  FullDiskTest() : small_(parent_.path() / "small") { folder_ = small_.path() / "carts"; }
  ~FullDiskTest() override { close(); }

  void SetUp() override {
    if (!small_.mounted()) GTEST_SKIP() << "nothing may be mounted here";
  }

  /// Writes carts until one is refused; how many were taken.
  int fill(int first) {
    for (int number = first;; ++number) {
      const auto written = write_large("cart-" + std::to_string(number), 10'000);
      if (written) continue;
      EXPECT_EQ(written.error().code, Errc::store_full) << written.error().detail;
      return number - first;
    }
  }
  bool is_ready_again() {
    return wait_until([&] { return check().ready; });
  }
  void expect_carts(int count) {
    for (int number = 0; number < count; ++number)
      EXPECT_EQ(load("cart-" + std::to_string(number))->cart.version, 1U) << number;
  }

  SmallFileSystem small_;
};

TEST_F(FullDiskTest, IsNoticedBeforeItIsFull) {
  open();
  ASSERT_TRUE(add("a"));
  close();
  small_.leave(std::uintmax_t{10} << 20);
  least_space_ = std::uint64_t{20} << 20;
  folder_ = small_.path() / "carts";
  open();
  const auto refused = add("a");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::store_full);
  EXPECT_THAT(refused.error().detail, HasSubstr("nothing was done"));
  EXPECT_EQ(load("a")->cart.version, 1U) << "reads go on";
  EXPECT_FALSE(check().ready);
  EXPECT_THAT(check().detail, HasSubstr("full"));
  small_.empty();
  ASSERT_TRUE(is_ready_again());
  EXPECT_EQ(add("a")->cart.version, 2U);
}

TEST_F(FullDiskTest, RefusesKeepsWhatItHasAndGoesOnWhenThereIsSpace) {
  cache_bytes_ = 0;
  open();
  small_.leave(std::uintmax_t{30} << 20);
  const int taken = fill(0);
  ASSERT_GT(taken, 10);
  EXPECT_EQ(fill(100'000), 0);
  EXPECT_FALSE(check().ready);
  expect_carts(taken);
  small_.empty();
  ASSERT_TRUE(is_ready_again());
  const int more = 300;
  for (int number = taken; number < taken + more; ++number)
    ASSERT_TRUE(write_large("cart-" + std::to_string(number), 10'000));
  open();
  expect_carts(taken + more);
  EXPECT_EQ(load("cart-100000")->cart.version, 0U) << "it was refused";
}

TEST_F(FullDiskTest, AProcessThatEndsOnAFullDiskHasLostNothing) {
  open();
  small_.leave(std::uintmax_t{30} << 20);
  const int taken = fill(0);
  close();
  small_.empty();
  open();
  expect_carts(taken);
  EXPECT_TRUE(add("a"));
}

TEST_F(EmbeddedTest, AfterAWriteThatFailedNothingIsWrittenUntilTheNextStart) {
  open();
  ASSERT_TRUE(add("a"));
  {
    const FileSizeLimit limit(100'000);
    Result<Applied> failed = add("a");
    while (failed) failed = write_large("b", 16'000);
    EXPECT_EQ(failed.error().code, Errc::outcome_unknown) << failed.error().detail;
  }
  const auto refused = add("a");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_THAT(refused.error().detail, HasSubstr("must be restarted"));
  EXPECT_FALSE(check().ready);
  const auto version = load("a")->cart.version;
  open();
  EXPECT_EQ(load("a")->cart.version, version);
  EXPECT_TRUE(add("a"));
}

}  // namespace
}  // namespace cartd::test
