// A database as RocksDB's own tools open it, to put into it what cartd would not.
#pragma once

#include <rocksdb/db.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace cartd::test {

class RawDatabase {
 public:
  explicit RawDatabase(const std::filesystem::path& folder) {
    rocksdb::DB* opened = nullptr;
    if (!rocksdb::DB::Open(rocksdb::Options(), folder.string(), &opened).ok())
      throw std::runtime_error("the test cannot open the database");
    db_.reset(opened);
  }

  void put(const std::string& key, const std::string& value) {
    if (!db_->Put(rocksdb::WriteOptions(), key, value).ok()) throw std::runtime_error("the test cannot write");
  }
  /// Deletes what begins so, and answers how many there were.
  int erase_all(const std::string& prefix) {
    int count = 0;
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(rocksdb::ReadOptions()));
    for (at->Seek(prefix); at->Valid() && at->key().starts_with(prefix); at->Next(), ++count)
      if (!db_->Delete(rocksdb::WriteOptions(), at->key()).ok()) throw std::runtime_error("the test cannot write");
    return count;
  }
  std::string get(const std::string& key) {
    std::string value;
    return db_->Get(rocksdb::ReadOptions(), key, &value).ok() ? value : std::string();
  }

 private:
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace cartd::test
