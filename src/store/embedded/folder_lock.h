// Keeps other processes, and this one, from opening a database's folder a second time, and remembers how far it was
// written: in one small file. RocksDB has a lock of its own, but rotates files before it takes it, and loses it when
// this process opens and closes that file.
//
// RocksDB cannot tell a log that a crash has cut off from one that has lost its end, or is gone altogether. So how many
// writes were synced is noted after each sync. The note itself is not synced: after a loss of power it may be some
// seconds old, and then tells less, but never anything wrong.
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

namespace cartd::embedded {

inline constexpr const char* lock_file = "CARTS-LOCK";

class FolderLock {
 public:
  /// Null when somebody has it.
  static boost::system::result<std::unique_ptr<FolderLock>, std::error_code> take(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  /// The database has synced this many writes.
  void note(std::uint64_t writes);
  /// What was noted last; 0 in a new folder. Nothing when the note is damaged.
  std::optional<std::uint64_t> noted() const;

 private:
  explicit FolderLock(int file) : file_(file) {}

  const int file_;
};

/// Whether somebody has the lock of the folder; finding out changes nothing.
bool is_locked(const std::filesystem::path& folder);

}  // namespace cartd::embedded
