// Tells a write-ahead log that a crash cut off from one that was damaged. RocksDB takes a damaged length in the log's
// last block for the end of the log, and would drop what follows in silence. Pure.
#pragma once

#include <string_view>

namespace cartd::journal {

/// True when `log`, the bytes of a RocksDB log file, holds something that no interrupted write leaves behind: a record
/// that is all there but whose checksum is wrong, or any fault with a whole record after it. (An interrupted write
/// leaves the beginning of a record, or of several, and perhaps zeros.)
///
/// The format (RocksDB wiki, "Write Ahead Log File Format"): blocks of 32 KiB; in each, fragments of a header of 7
/// bytes (checksum, length, type) and a payload, and zeros where less than a header's room is left.
bool is_damaged(std::string_view log);

}  // namespace cartd::journal
