// A RocksDB database in a folder: what the embedded store asks of it, in the store's words. All that is chosen about
// RocksDB stands in database_options.cpp.
//
// Threads: thread-safe, but for write() and resume(), which one thread calls.
#pragma once

#include "runtime/clock.h"
#include "store/embedded/folder_lock.h"
#include "store/embedded/forgetting_filter.h"

#include <boost/system/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rocksdb {
class DB;
class Status;
}  // namespace rocksdb

namespace cartd::embedded {

/// What a key is to hold; nothing: it goes.
struct Put {
  std::string_view key;
  std::optional<std::string_view> value;
};

struct Lookup {
  enum class Kind {
    found,
    absent,
    not_in_memory,  ///< Only with Reach::memory.
    damaged,        ///< What stands on disk is not what was written.
    failed,         ///< The disk could not be read.
  };
  Kind kind;
  std::string value{};  ///< What was found; or why it failed, for operators.
};

enum class Reach { memory, disk };

struct WriteOutcome {
  enum class Kind {
    done,     ///< On disk, all of it.
    full,     ///< The disk is full; surely nothing was done.
    unknown,  ///< Nothing is visible now. The next process may find all of it, or nothing.
  };
  Kind kind;
  bool is_full = false;  ///< It was a lack of space: it can go on when there is space again.
  std::string why{};     ///< For operators.
};

class Database {
 public:
  /// Makes the folder if it is not there; its parent is. Answers a clause for the operator when the database cannot be
  /// used: it is damaged, used by another process, of a later version, or the folder may not be written. `clock`
  /// outlives the database.
  static boost::system::result<std::unique_ptr<Database>, std::string> open(const std::filesystem::path& folder,
                                                                            const Clock& clock,
                                                                            OnForgotten on_forgotten);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Does no I/O with Reach::memory.
  Lookup get(std::string_view key, Reach reach) const;

  /// Writes all of it, in one step and with one sync. Of two puts to one key the later one counts.
  WriteOutcome write(std::span<const Put> puts);

  /// Goes on after a full disk, if there is space again.
  bool resume();

  /// Makes a copy in a new folder, as of now, mostly of hard links, while the database is in use: it can be opened as a
  /// database. Answers what went wrong; empty: nothing. The folder's parent is there.
  std::string checkpoint(const std::filesystem::path& folder);

  /// Rewrites all files, and so drops what is to be forgotten. Takes its time. Answers what went wrong.
  std::string compact();

  /// What the files of the database take on disk, the log left out.
  std::uint64_t bytes_on_disk() const;

 private:
  struct Tools;
  Database(std::unique_ptr<FolderLock> lock, std::unique_ptr<Tools> tools);

  std::string open_files(const std::filesystem::path& folder);
  std::string check_layout();

  std::unique_ptr<FolderLock> lock_;
  std::unique_ptr<Tools> tools_;  ///< What the database uses; goes after it.
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace cartd::embedded
