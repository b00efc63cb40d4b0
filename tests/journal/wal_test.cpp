// Logs as RocksDB writes them: whole, cut off and damaged.
#include "journal/wal.h"

#include "support/process.h"
#include "support/temp_dir.h"

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace cartd::journal {
namespace {

/// The log of a database to which `sizes.size()` values were written, each as one record, and where they end in it.
struct Log {
  std::string bytes;
  std::vector<std::size_t> ends;
};

Log log_of(const std::vector<std::size_t>& sizes) {
  const test::TempDir folder;
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  EXPECT_TRUE(rocksdb::DB::Open(options, folder.path().string(), &opened).ok());
  const std::unique_ptr<rocksdb::DB> database(opened);
  std::filesystem::path file;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    if (entry.path().extension() == ".log") file = entry.path();
  }
  Log log;
  for (const std::size_t size : sizes) {
    EXPECT_TRUE(database->Put(rocksdb::WriteOptions(), "key", std::string(size, 'x')).ok());
    log.ends.push_back(std::filesystem::file_size(file));
  }
  log.bytes = test::read_text(file);
  EXPECT_EQ(log.bytes.size(), log.ends.back());
  return log;
}

TEST(WriteAheadLog, OfAnySizesIsNotDamaged) {
  EXPECT_FALSE(is_damaged(""));
  EXPECT_FALSE(is_damaged(log_of({1}).bytes));
  EXPECT_FALSE(is_damaged(log_of({1, 200, 3000, 40'000, 100'000, 7, 32'768, 32'761}).bytes));
  // Records that end shortly before a block does, or with it: the rest of the block is filled with zeros.
  const std::size_t around = log_of({1}).bytes.size() - 1;
  for (std::size_t left = 0; left < 12; ++left)
    EXPECT_FALSE(is_damaged(log_of({32'768 - around - 2 - left, 50, 50}).bytes)) << left;
}

TEST(WriteAheadLog, MayBeCutOffAnywhere) {
  const Log log = log_of({20, 40'000, 30});
  // Every byte would take long in the large record.
  const auto step = [&](std::size_t size) { return size > log.ends[0] + 100 && size + 100 < log.ends[1] ? 37U : 1U; };
  for (std::size_t size = 0; size < log.bytes.size(); size += step(size))
    EXPECT_FALSE(is_damaged(log.bytes.substr(0, size))) << size;
}

TEST(WriteAheadLog, MayEndInZeros) {
  const Log log = log_of({20, 30});
  EXPECT_FALSE(is_damaged(log.bytes + std::string(5000, '\0')));
  EXPECT_FALSE(is_damaged(std::string(5000, '\0')));
  EXPECT_TRUE(is_damaged(std::string(50, '\0') + log.bytes));
}

TEST(WriteAheadLog, IsDamagedWhereverABitIsTurnedBeforeItsLastRecord) {
  const Log log = log_of({20, 300, 30});
  for (std::size_t at = 0; at < log.ends[1]; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string turned = log.bytes;
      turned[at] = static_cast<char>(turned[at] ^ (1 << bit));
      EXPECT_TRUE(is_damaged(turned)) << "byte " << at << ", bit " << bit;
    }
  }
}

TEST(WriteAheadLog, IsDamagedWhereALastRecordIsThereButWrong) {
  const Log log = log_of({20, 30});
  std::string turned = log.bytes;
  turned.back() = 'y';
  EXPECT_TRUE(is_damaged(turned));
}

TEST(WriteAheadLog, IsDamagedWhereABlockIsMissing) {
  const Log log = log_of(std::vector<std::size_t>(400, 300));
  ASSERT_GT(log.bytes.size(), 3U * 32'768);
  std::string zeroed = log.bytes;
  zeroed.replace(32'768, 32'768, 32'768, '\0');
  EXPECT_TRUE(is_damaged(zeroed));
}

}  // namespace
}  // namespace cartd::journal
