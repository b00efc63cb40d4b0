// Between groups: new segments, and the end of those that are not needed.
//
// Threads: used by the thread that writes. It alone changes the ledger, with the mutex held.
#pragma once

#include "journal/disk.h"
#include "journal/ledger.h"
#include "journal/segmented_log.h"

#include <cstdint>
#include <mutex>
#include <optional>

namespace cartd::journal {

class SegmentUpkeep {
 public:
  /// All outlive it.
  SegmentUpkeep(SegmentedLog& log, Ledger& ledger, std::mutex& mutex) : log_(log), ledger_(ledger), mutex_(mutex) {}

  /// Begins a new segment when the newest is long enough, deletes those that are not needed, and copies what is needed
  /// out of the oldest one when too much of the disk is waste.
  std::optional<Trouble> tidy();
  /// After a full disk: the journal itself may hold space that it needs no more. Then goes on in a new segment.
  std::optional<Trouble> recover_space();

 private:
  std::optional<Trouble> trim();
  std::optional<Trouble> begin_segment();
  std::optional<Trouble> copy_oldest_segment();

  SegmentedLog& log_;
  Ledger& ledger_;
  std::mutex& mutex_;
};

}  // namespace cartd::journal
