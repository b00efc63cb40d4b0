// What earlier processes left in a journal's folder, found again.
#pragma once

#include "journal/disk.h"
#include "journal/folder_lock.h"
#include "journal/journal.h"
#include "journal/ledger.h"
#include "journal/segmented_log.h"

#include <boost/system/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace cartd::journal {

struct Recovered {
  Ledger ledger;
  std::vector<JournalRecord> left;    ///< By producer and sequence.
  std::unique_ptr<SegmentedLog> log;  ///< All of it on disk; roll() comes next.
};

/// Reads each segment twice, one at a time: for what is needed, and then that. Changes nothing but that it deletes
/// segments that are not needed, and what follows the last whole group.
boost::system::result<Recovered, Trouble> recover(Disk& disk, const std::filesystem::path& folder,
                                                  std::unique_ptr<FolderLock> lock, std::uint64_t max_bytes);

}  // namespace cartd::journal
