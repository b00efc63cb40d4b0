// Dead letters, read from where the ledger says that they are.
#pragma once

#include "journal/ledger.h"
#include "journal/request_queue.h"
#include "journal/segmented_log.h"

namespace cartd::journal {

/// Carries a reading out. Blocks for the disk. The failure of one letter is logged, and ends the reading.
void read_letters(const Ledger& ledger, SegmentedLog& log, Reading& reading);

}  // namespace cartd::journal
