// The journal's files: a RocksDB database, set up to keep promises and to stay small.
//
// Threads: a Database is used by one thread at a time. No RocksDB header is needed to include this one.
#pragma once

#include "journal/ledger.h"

#include <boost/system/result.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rocksdb {
class Env;
class FileLock;
}  // namespace rocksdb

namespace cartd::journal {

/// Why something could not be done.
struct Trouble {
  enum class Kind {
    full,     ///< No space, or a quota or a limit on a file's size is reached.
    damaged,  ///< What was read cannot be what was written.
    broken,   ///< Anything else, and every failed fsync.
  };
  Kind kind;
  std::string why;  ///< For the log: names files.
};

/// Keeps other processes, and this one, from using a folder a second time.
class FolderLock {
 public:
  /// Nothing when somebody has it. `env` outlives the lock.
  static std::unique_ptr<FolderLock> take(rocksdb::Env& env, const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  FolderLock(rocksdb::Env& env, rocksdb::FileLock* lock) : env_(env), lock_(lock) {}
  rocksdb::Env& env_;
  rocksdb::FileLock* lock_;
};

class Database {
 public:
  /// Opens the database in `folder`, or makes one. `env` outlives it.
  static boost::system::result<std::unique_ptr<Database>, Trouble> open(rocksdb::Env& env,
                                                                        const std::filesystem::path& folder);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// All of them or none. With `sync` they, and all that was written before, are on disk afterwards.
  std::optional<Trouble> write(const Edits& edits, bool sync);

  /// Shows each entry, in the order of the keys, until `visit` answers false.
  std::optional<Trouble> scan(const std::function<bool(std::string_view key, std::string_view value)>& visit) const;

 private:
  class Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Whether there is space to go on: writes a file of 9 MiB, syncs it and deletes it.
bool has_space(rocksdb::Env& env, const std::filesystem::path& folder);

}  // namespace cartd::journal
