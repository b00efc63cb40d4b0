#include "store/embedded/database_options.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace cartd::embedded {
namespace {

constexpr std::size_t MiB = std::size_t{1} << 20;
constexpr std::uint64_t day = std::uint64_t{24} * 60 * 60;

rocksdb::BlockBasedTableOptions table_options() {
  rocksdb::BlockBasedTableOptions table;
  // Indexes and filters count in it, too: else they would grow with the carts, in no bound. What stands in the newest
  // files is asked for by nearly every read, and stays.
  table.block_cache = rocksdb::NewLRUCache(64 * MiB);
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  // Most new carts are found to be new by it, without a look at a file.
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  return table;
}

void bound_memory(rocksdb::Options& options) {
  // The log is replayed at start: about 32 MiB of it at most, so that a start takes a fraction of a second.
  options.write_buffer_size = 16 * MiB;
  options.max_write_buffer_number = 3;
  options.max_total_wal_size = 32 * MiB;
  options.max_open_files = 512;
}

void start_quickly(rocksdb::Options& options) {
  // What is replayed goes to a file at once, so that only logs of this start are needed afterwards: an older one that
  // got lost would not be noticed.
  options.avoid_flush_during_recovery = false;
  options.skip_stats_update_on_db_open = true;
}

void notice_damage(rocksdb::Options& options) {
  options.paranoid_checks = true;
  options.force_consistency_checks = true;
  // A log that ends in the middle of a write is what a crash leaves. Anything else is damage, and no reason to go on
  // with less than was acknowledged.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  // A log that is missing, or shorter than what was synced, is noticed.
  options.track_and_verify_wals_in_manifest = true;
}

}  // namespace

rocksdb::Options database_options(const rocksdb::CompactionFilter& filter) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options()));
  options.compaction_filter = &filter;
  // Each file is rewritten so often even if nothing else asks for it, and what is to be forgotten goes.
  options.periodic_compaction_seconds = day;
  options.max_background_jobs = 2;
  const std::vector<rocksdb::CompressionType> known = rocksdb::GetSupportedCompressions();
  const bool has_lz4 = std::find(known.begin(), known.end(), rocksdb::kLZ4Compression) != known.end();
  options.compression = has_lz4 ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
  bound_memory(options);
  start_quickly(options);
  notice_damage(options);
  // RocksDB's own log, in the folder: what cartd's does not say.
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.keep_log_file_num = 2;
  options.max_log_file_size = MiB;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

}  // namespace cartd::embedded
