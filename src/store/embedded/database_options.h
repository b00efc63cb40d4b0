// What is chosen about RocksDB, and why.
#pragma once

#include <rocksdb/options.h>

namespace cartd::embedded {

/// Memory, all together: 64 MiB of blocks, 48 MiB of what is not in files yet, and the tables of 512 open files.
/// `filter` outlives the database.
rocksdb::Options database_options(const rocksdb::CompactionFilter& filter);

}  // namespace cartd::embedded
