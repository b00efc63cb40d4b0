// What is left when the process is killed, and of a log that a machine without power leaves.
#include "embedded_fixture.h"

#include "support/process.h"
#include "support/seed.h"
#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <system_error>

namespace cartd::test {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

/// The newest version of each cart that was acknowledged.
std::map<int, std::uint64_t> versions_in(const std::string& output) {
  std::map<int, std::uint64_t> versions;
  std::istringstream lines(output);
  int cart = 0;
  std::uint64_t version = 0;
  while (lines >> cart >> version) versions[cart] = std::max(versions[cart], version);
  return versions;
}

TEST_F(EmbeddedTest, KeepsWhatItAcknowledgedWhenItsProcessIsKilled) {
  std::map<int, std::uint64_t> least;
  for (int round = 1; round <= 20; ++round) {
    close();
    const auto output = parent_.path() / ("output-" + std::to_string(round));
    const std::uintmax_t enough = std::uniform_int_distribution<std::uintmax_t>(1, 20'000)(random_);
    Process writer({EMBEDDED_WRITER, folder_.string(), std::to_string(round)}, {.output = output});
    ASSERT_TRUE(wait_until(
        [&] {
          std::error_code not_yet;
          const auto size = fs::file_size(output, not_yet);
          return (!not_yet && size >= enough) || !writer.running();
        },
        std::chrono::minutes(1)));
    ASSERT_TRUE(writer.running()) << read_text(output);
    writer.kill();

    open();
    for (const auto& [cart, version] : versions_in(read_text(output))) least[cart] = version;
    ASSERT_FALSE(least.empty());
    for (auto& [cart, version] : least) {
      const auto record = load("cart-" + std::to_string(cart));
      ASSERT_TRUE(record);
      EXPECT_GE(record->cart.version, version) << "of cart " << cart << " in round " << round;
      ASSERT_EQ(record->cart.lines.size(), 1U);
      EXPECT_EQ(record->cart.lines[0].quantity, record->cart.version) << "wholly or not at all";
      version = record->cart.version;
    }
  }
}

/// The folder as a machine that loses its power leaves it, with a damaged file.
class EmbeddedImageTest : public EmbeddedTest {
 protected:
  void take_image() {
    fs::remove_all(image_);
    fs::copy(folder_, image_, fs::copy_options::recursive);
  }
  /// The image's newest file of that kind.
  fs::path newest(const std::string& extension) {
    fs::path found;
    for (const auto& entry : fs::directory_iterator(image_))
      if (entry.path().extension() == extension) found = std::max(found, entry.path());
    EXPECT_NE(found, "");
    return found;
  }
  /// Puts the image in the store's place, with `bytes` in the file instead.
  void restore(const fs::path& file, const std::string& bytes) {
    close();
    fs::remove_all(folder_);
    fs::copy(image_, folder_, fs::copy_options::recursive);
    replace(file.filename(), bytes);
  }
  void replace(const fs::path& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary | std::ios::trunc) << bytes;
  }
  static std::string turned(std::string bytes, std::size_t at) {
    bytes[at] = static_cast<char>(~bytes[at]);
    return bytes;
  }

  fs::path image_ = parent_.path() / "image";
};

TEST_F(EmbeddedImageTest, ALogThatIsCutOffInItsLastWriteEndsBeforeIt) {
  open();
  ASSERT_TRUE(add("a", 1));
  take_image();
  const auto log = newest(".log");
  const std::size_t synced = fs::file_size(log);
  const std::string note = read_text(image_ / embedded::lock_file);
  ASSERT_TRUE(add("a", 1));
  take_image();
  const std::string whole = read_text(log);
  ASSERT_GT(whole.size(), synced);
  // So far the sync of the last write was not over.
  for (std::size_t size = synced; size <= whole.size(); ++size) {
    restore(log, whole.substr(0, size));
    replace(embedded::lock_file, note);
    open();
    EXPECT_EQ(load("a")->cart.version, size == whole.size() ? 2U : 1U) << "cut off at " << size;
    EXPECT_TRUE(add("a", 1)) << "cut off at " << size;
    open();
    EXPECT_EQ(load("a")->cart.version, size == whole.size() ? 3U : 2U) << "cut off at " << size;
  }
}

TEST_F(EmbeddedImageTest, ALogThatLacksWhatWasAcknowledgedIsRefused) {
  open();
  ASSERT_TRUE(add("a", 1));
  ASSERT_TRUE(add("a", 1));
  take_image();
  const auto log = newest(".log");
  const std::string whole = read_text(log);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    restore(log, turned(whole, at));
    EXPECT_THAT(refusal(), HasSubstr("are damaged: ")) << at;
    restore(log, whole.substr(0, at));
    EXPECT_THAT(refusal(), HasSubstr("are damaged: ")) << at;
  }
  restore(log, whole.substr(0, whole.size() - 1));
  EXPECT_THAT(refusal(), HasSubstr("1 writes that were acknowledged are missing"));
  restore(log, whole);
  EXPECT_EQ(refusal(), "");
  restore(embedded::lock_file, turned(read_text(image_ / embedded::lock_file), 3));
  EXPECT_THAT(refusal(), HasSubstr("are damaged: the file CARTS-LOCK"));
}

TEST_F(EmbeddedImageTest, AMissingFileIsNoticed) {
  open();
  ASSERT_TRUE(add("a", 1));
  ASSERT_EQ(store_->compact(), "");
  ASSERT_TRUE(add("b", 1));
  open();
  ASSERT_TRUE(add("c", 1));
  close();
  take_image();
  int noticed = 0;
  for (const auto& entry : fs::directory_iterator(image_)) {
    const auto extension = entry.path().extension();
    if (extension != ".sst" && extension != ".log" && entry.path().filename() != "CURRENT") continue;
    restore(entry.path(), "");
    fs::remove(folder_ / entry.path().filename());
    const std::string why = refusal();
    if (!why.empty()) {
      EXPECT_THAT(why, HasSubstr("are damaged: ")) << entry.path();
      ++noticed;
      fs::copy(entry.path(), folder_);
    }
    // It is back, and nothing else was touched; or it was a log that was not needed any more.
    open();
    for (const char* cart : {"a", "b", "c"}) EXPECT_EQ(load(cart)->cart.version, 1U) << entry.path();
  }
  EXPECT_GE(noticed, 3);
}

TEST_F(EmbeddedImageTest, ADamagedBlockIsCorruptForItsCartsAndTheOthersAreServed) {
  cache_bytes_ = 0;
  open();
  constexpr int many = 200;
  const auto name = [](int number) { return "cart-" + std::to_string(1000 + number); };
  for (int i = 0; i < many; ++i) ASSERT_TRUE(write_large(name(i), 1000));
  ASSERT_EQ(store_->compact(), "");
  close();
  take_image();
  const auto file = newest(".sst");
  // In the first blocks: the last ones are the index and the filter.
  restore(file, turned(read_text(file), 2000));
  open();
  int corrupt = 0;
  for (int i = 0; i < many; ++i) {
    const auto record = load(name(i));
    if (record) {
      EXPECT_EQ(record->cart.version, 1U);
      EXPECT_TRUE(add(name(i)));
    } else {
      EXPECT_EQ(record.error().code, Errc::corrupt);
      EXPECT_EQ(add(name(i)).error().code, Errc::corrupt) << "it is not taken for empty";
      ++corrupt;
    }
  }
  EXPECT_GE(corrupt, 1);
  EXPECT_LE(corrupt, many / 2);
}

TEST_F(EmbeddedImageTest, AScanGoesOnBehindEachDamagedBlock) {
  cache_bytes_ = 0;
  open();
  constexpr int many = 300;
  const auto name = [](int number) { return "cart-" + std::to_string(1000 + number); };
  for (int i = 0; i < many; ++i) ASSERT_TRUE(write_large(name(i), 1000));
  ASSERT_EQ(store_->compact(), "");
  close();
  take_image();
  const auto file = newest(".sst");
  std::string bytes = read_text(file);
  // Three blocks: the first one, and two that are not beside it.
  for (const std::size_t at : {std::size_t{2000}, std::size_t{60'000}, std::size_t{140'000}}) bytes = turned(bytes, at);
  restore(file, bytes);
  open();
  std::set<std::string> readable;
  for (int i = 0; i < many; ++i)
    if (load(name(i))) readable.insert(name(i));
  EXPECT_LT(readable.size(), std::size_t{many});
  EXPECT_GT(readable.size(), std::size_t{many / 2});
  for (const std::size_t most : {std::size_t{7}, std::size_t{1000}}) {
    std::set<std::string> scanned;
    std::size_t damaged = 0;
    ScanRequest request{"", most, 1 << 20};
    do {
      request.deadline = soon();
      const CartPage page = loop_.run(carts_->scan(request)).value();
      for (const KeptCart& kept : page.carts) scanned.insert(kept.record.cart.id.str());
      damaged += page.unreadable.size();
      request.cursor = page.next;
    } while (!request.cursor.empty());
    EXPECT_EQ(scanned, readable) << most;
    EXPECT_GE(damaged, 3U) << "each is listed";
  }
}

}  // namespace
}  // namespace cartd::test
