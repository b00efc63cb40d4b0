// The machine's file system, as far as the journal uses it; tests put one in its place that fails.
//
// Threads: a Disk is thread-safe, a File is used by one thread at a time. Failure: the system's error code. No call has
// a deadline: see group_in_flight.h for a disk that does not answer.
#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

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

/// A value, or the system's error.
template <class T>
using DiskResult = boost::system::result<T, std::error_code>;

class Disk {
 public:
  class File {
   public:
    File() = default;
    virtual ~File() = default;
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    /// All of it, or, on an error, perhaps a part of it.
    virtual std::error_code write(std::uint64_t at, std::string_view bytes) = 0;
    /// What was written is on disk afterwards, with the file's size.
    virtual std::error_code sync() = 0;
    /// Room for so many bytes, which are zeros. Where the file system cannot do that, nothing is done.
    virtual std::error_code allocate(std::uint64_t bytes) = 0;
    virtual std::error_code truncate(std::uint64_t bytes) = 0;
    /// `bytes` bytes from `at` on, fewer at the file's end.
    virtual DiskResult<std::string> read(std::uint64_t at, std::size_t bytes) = 0;
    virtual DiskResult<std::uint64_t> size() = 0;
  };
  enum class Access {
    read,
    update,  ///< To read and write.
    create,  ///< The same; empty, for this user alone.
  };

  Disk() = default;
  virtual ~Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  virtual DiskResult<std::unique_ptr<File>> open(const std::filesystem::path& path, Access access) = 0;
  virtual std::error_code rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  virtual std::error_code remove(const std::filesystem::path& path) = 0;
  /// Which files a folder has is on disk afterwards.
  virtual std::error_code sync_folder(const std::filesystem::path& folder) = 0;

  /// This machine's.
  static Disk& system();
};

/// What the last system call of this thread failed with.
std::error_code last_error();

/// `error` happened to this file or folder.
Trouble trouble_of(const std::error_code& error, const std::filesystem::path& path);
/// The same for a failed fsync, whatever its reason: what was to be written may be gone.
Trouble sync_trouble_of(const std::error_code& error, const std::filesystem::path& path);

}  // namespace cartd::journal
