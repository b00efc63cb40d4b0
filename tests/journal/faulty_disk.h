// The machine's file system, with faults on command and a count of what is synced.
#pragma once

#include <rocksdb/env.h>

#include <atomic>
#include <cstdint>
#include <memory>

namespace cartd::test {

class FaultyDisk {
 public:
  FaultyDisk();
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  rocksdb::Env& env() { return *env_; }

  struct Faults {
    std::atomic<bool> syncs_fail{false};        ///< Every fsync of a log fails; what was written stays written.
    std::atomic<bool> syncs_lack_space{false};  ///< The same, for want of space.
    std::atomic<bool> table_syncs_fail{false};  ///< Every fsync of another file fails.
    std::atomic<bool> writes_fail{false};       ///< Every write fails with EIO.
    std::atomic<bool> no_space{false};          ///< Of every write half is done, and then there is no space left.
    std::atomic<bool> held{false};              ///< fsyncs of logs wait.
    std::atomic<bool> writes_held{false};       ///< Writes to logs wait.
    std::atomic<std::uint64_t> log_syncs{0};    ///< How many fsyncs of logs were done.
    std::atomic<std::uint64_t> probes{0};       ///< How often the journal looked whether there is space again.
  };
  Faults& faults() { return *faults_; }

  /// What waits goes on.
  void release();

 private:
  std::shared_ptr<Faults> faults_;
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace cartd::test
