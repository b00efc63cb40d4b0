// The thread that writes: takes all writes that wait, compares each with what its key holds, and puts those that fit
// into the database in one step, with one sync. Then it wakes those who wait, loop by loop.
//
// A disk that is full refuses writes, and is looked at again every second. One that failed refuses them until cartd is
// restarted: nobody knows what it has kept.
#pragma once

#include "runtime/log.h"
#include "runtime/metrics.h"
#include "store/embedded/database.h"
#include "store/embedded/shared_records.h"
#include "store/embedded/work_queue.h"
#include "store/embedded/write.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace cartd::embedded {

enum class DiskState {
  working,
  full,     ///< Writes are refused until there is space.
  stalled,  ///< The write under way takes too long.
  failed,   ///< Writes are refused until the next start.
};

/// Thread-safe.
class Writer {
 public:
  struct Options {
    std::filesystem::path folder;   ///< Where space is looked for.
    std::uint64_t least_space = 0;  ///< Bytes. Below it, writes are refused, so that what RocksDB does has room.
  };

  /// All of them outlive the writer.
  Writer(Database& database, SharedRecords& records, Metrics& metrics, Options options);
  /// Writes what waits, and ends the thread.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Answers by Calls::done().
  void submit(WritePtr write) { queue_.add(std::move(write)); }
  /// True when the write was not begun with: nothing of it is done.
  bool withdraw(Write& write) { return queue_.withdraw(write); }

  DiskState state() const;
  /// Somebody waited in vain: that the disk does not answer is logged, if that is it; and, later, that it does again.
  void note_late();

 private:
  using SteadyClock = std::chrono::steady_clock;
  using Group = std::vector<WritePtr>;

  void run();
  Group take();
  void write_group(const Group& group);
  /// Those of the group that are to be written; the others get their answers.
  Group compare(const Group& group);
  /// Whether the key holds what the write expects. `earlier`: what this group writes to it before; null: nothing.
  bool compare(Write& write, const Write* earlier);
  WriteOutcome write(const Group& group);
  void refuse(const Group& group, const Error& error);
  void answer(const Group& group);
  /// Why nothing may be written now.
  std::optional<Error> refusal();
  void look_for_space();
  void stop_working(const WriteOutcome& outcome);
  void try_again();

  Database& database_;
  SharedRecords& records_;
  const Options options_;
  Counter& syncs_;
  Counter& writes_;
  Gauge& file_bytes_;
  WorkQueue<Write> queue_{};

  // The thread's own.
  std::optional<SteadyClock::time_point> try_again_at_{};
  SteadyClock::time_point looked_for_space_at_{};
  bool lacks_space_ = false;

  std::atomic<DiskState> disk_ = DiskState::working;
  std::atomic<SteadyClock::rep> busy_since_ = 0;  ///< 0: nothing is under way.
  std::atomic<bool> logged_stall_ = false;
  LogThrottle stalls_{};

  std::thread thread_;
};

}  // namespace cartd::embedded
