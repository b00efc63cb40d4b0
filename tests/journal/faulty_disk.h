// The machine's file system, with faults on command and a count of what is synced.
#pragma once

#include "journal/disk.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <system_error>

namespace cartd::test {

class FaultyDisk final : public journal::Disk {
 public:
  struct Faults {
    std::atomic<bool> syncs_fail{false};         ///< Every fsync of a segment fails; what was written stays written.
    std::atomic<bool> syncs_lack_space{false};   ///< The same, for want of space.
    std::atomic<bool> folder_syncs_fail{false};  ///< Every fsync of a folder fails.
    std::atomic<bool> writes_fail{false};        ///< Every write fails with EIO.
    std::atomic<bool> reads_fail{false};         ///< Every read fails with EIO.
    std::atomic<bool> no_space{false};  ///< Of every write half is done, and then there is no space; nor is for a file.
    std::atomic<bool> held{false};      ///< fsyncs of segments wait.
    std::atomic<bool> writes_held{false};      ///< Writes to segments wait.
    std::atomic<bool> reads_held{false};       ///< Reads wait.
    std::atomic<std::uint64_t> log_syncs{0};   ///< How many fsyncs of segments were done.
    std::atomic<std::uint64_t> log_writes{0};  ///< How many writes to segments were.
    std::atomic<std::uint64_t> probes{0};      ///< How often it was tried to begin a segment.
  };
  Faults& faults() { return *faults_; }

  /// What waits goes on.
  void release();

  journal::DiskResult<std::unique_ptr<File>> open(const std::filesystem::path& path, Access access) override;
  std::error_code rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  std::error_code remove(const std::filesystem::path& path) override;
  std::error_code sync_folder(const std::filesystem::path& folder) override;

 private:
  std::shared_ptr<Faults> faults_ = std::make_shared<Faults>();
};

}  // namespace cartd::test
