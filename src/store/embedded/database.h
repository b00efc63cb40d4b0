// A RocksDB database in a folder: what the embedded store asks of it, in the store's words. All that is chosen about
// RocksDB stands in database_options.cpp.
//
// Threads: thread-safe, but for write() and resume(), which one thread calls.
#pragma once

#include "runtime/clock.h"
#include "store/embedded/folder_lock.h"
#include "store/embedded/forgetting_filter.h"

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

struct RangeRequest {
  std::string prefix{};  ///< Only keys that begin so …
  std::string after{};   ///< … and stand behind this one; empty: all of these.
  std::size_t most = 0;
  std::size_t most_bytes = 0;
  /// Which further keys to read with an entry, as of the same moment; may be empty.
  std::function<std::vector<std::string>(std::string_view key, std::string_view value)> beside{};
};

struct RangeEntry {
  std::string key;
  std::string value{};
  std::vector<Lookup> beside{};
};

struct Range {
  std::vector<RangeEntry> entries{};
  /// Keys behind which there are some that stand in damaged blocks, and cannot be told.
  std::vector<std::string> damaged_behind{};
  std::string next{};  ///< What to go on behind; empty: nothing.
  std::string why{};   ///< The disk could not be read, which ended it; empty: it could.
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

  /// Entries in the order of their keys, as of one moment. Reads the disk. A damaged block ends nothing.
  Range range(const RangeRequest& request) const;

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
