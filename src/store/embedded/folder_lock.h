// Keeps other processes, and this one, from opening a database's folder a second time. RocksDB has a lock of its own,
// but rotates files before it takes it, and loses it when this process opens and closes that file.
#pragma once

#include <boost/system/result.hpp>

#include <filesystem>
#include <memory>
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

 private:
  explicit FolderLock(int file) : file_(file) {}

  const int file_;
};

/// Whether somebody has the lock of the folder; finding out changes nothing.
bool is_locked(const std::filesystem::path& folder);

}  // namespace cartd::embedded
