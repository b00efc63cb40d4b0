// Carts and users in a RocksDB database in a folder of this machine, for one process: durable before the answer, and
// without a server. All loops share the database; each has an EmbeddedCartStore and an EmbeddedUserStore on it.
//
// Commits of all loops go to one thread, which writes all that wait as one group with one sync. Reads are answered from
// memory where it has the record, and by threads that read the disk where it has not: nothing here blocks a loop.
//
// Bounds: the records in memory by Options::cache_bytes; RocksDB's own memory as database_options.h says; what waits by
// the requests under way, as none waits longer than its deadline.
//
// Damage: a record that cannot be decoded, or stands in a damaged block, answers Errc::corrupt; all others are served.
// A damaged log, or a file that is missing, keeps the database from being opened.
#pragma once

#include "runtime/clock.h"
#include "runtime/metrics.h"
#include "store/embedded/database.h"
#include "store/embedded/reader_pool.h"
#include "store/embedded/shared_records.h"
#include "store/embedded/writer.h"

#include <boost/system/result.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace cartd {

/// Thread-safe.
class EmbeddedStore {
 public:
  struct Options {
    std::filesystem::path folder;                         ///< Its parent is there.
    std::size_t cache_bytes = std::size_t{64} << 20;      ///< For records in memory, of all loops.
    std::uint64_t least_space = std::uint64_t{64} << 20;  ///< Bytes that the disk has to have left for a write.
    /// Called once for an expired cart that is started anew or forgotten, on any thread; may be empty.
    std::function<void()> on_expired{};
  };

  /// Or a clause for the operator, as Database::open() says. `clock` and `metrics` outlive the store.
  static boost::system::result<std::unique_ptr<EmbeddedStore>, std::string> open(Options options, const Clock& clock,
                                                                                 Metrics& metrics);

  /// Makes a copy in a new folder, as of now, while the store is in use; a store can be opened there. Blocks. Answers
  /// what went wrong; empty: nothing.
  std::string checkpoint(const std::filesystem::path& folder) { return database_->checkpoint(folder); }

  /// Drops all records that are to be forgotten, which otherwise happens within a day or two. Blocks, and rewrites all
  /// files. Answers what went wrong.
  std::string compact() { return database_->compact(); }

  std::uint64_t bytes_on_disk() const { return database_->bytes_on_disk(); }

  // For the stores of the loops.
  const Clock& clock() const { return clock_; }
  const embedded::Database& database() const { return *database_; }
  embedded::SharedRecords& records() { return records_; }
  embedded::ReaderPool& readers() { return readers_; }
  embedded::Writer& writer() { return writer_; }
  /// Another one with each call, and not one of an earlier process. Never 0.
  Token next_token() { return ++last_token_; }
  void count_expired() const;

 private:
  EmbeddedStore(Options options, std::unique_ptr<embedded::Database> database, const Clock& clock, Metrics& metrics);

  const Options options_;
  const Clock& clock_;
  std::atomic<Token> last_token_;
  std::unique_ptr<embedded::Database> database_;
  embedded::SharedRecords records_;
  embedded::ReaderPool readers_;
  embedded::Writer writer_;
};

}  // namespace cartd
