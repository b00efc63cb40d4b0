#include "store/embedded/database.h"

#include "store/embedded/database_options.h"
#include "store/embedded/key_layout.h"
#include "store/embedded/owner_index.h"

#include <rocksdb/db.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <system_error>
#include <utility>

namespace cartd::embedded {
namespace {

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

std::string text_of(const rocksdb::Status& status) { return status.ok() ? std::string() : status.ToString(); }

/// Whether the log surely has no whole record of a write that failed so. A write that was cut short leaves the
/// beginning of one, which is no record; after a sync that failed nobody knows.
bool is_surely_undone(const rocksdb::Status& status) {
  return status.IsNoSpace() && status.ToString().find("While appending to file") != std::string::npos;
}

}  // namespace

struct Database::Tools {
  Tools(const Clock& clock, OnForgotten on_forgotten) : filter(clock, std::move(on_forgotten)) {}

  ForgettingFilter filter;
};

Database::Database(std::unique_ptr<FolderLock> lock, std::unique_ptr<Tools> tools)
    : lock_(std::move(lock)), tools_(std::move(tools)) {}

Database::~Database() = default;

boost::system::result<std::unique_ptr<Database>, std::string> Database::open(const std::filesystem::path& folder,
                                                                             const Clock& clock,
                                                                             OnForgotten on_forgotten) {
  const std::string carts = "the carts in \"" + folder.string() + "\" ";
  std::error_code failed;
  // It contains what customers put into their carts.
  if (std::filesystem::create_directory(folder, failed))
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
  if (failed) return carts + "cannot be kept there: " + failed.message();
  auto lock = FolderLock::take(folder);
  if (!lock) return carts + "cannot be opened: " + lock.error().message();
  if (*lock == nullptr) return carts + "are used by another process";
  auto tools = std::make_unique<Tools>(clock, std::move(on_forgotten));
  std::unique_ptr<Database> database(new Database(std::move(*lock), std::move(tools)));
  std::string fault = database->open_files(folder);
  if (fault.empty()) fault = database->check_layout();
  if (!fault.empty()) return carts + fault;
  return database;
}

std::string Database::open_files(const std::filesystem::path& folder) {
  rocksdb::DB* opened = nullptr;
  const auto noted = lock_->noted();
  if (!noted) return "are damaged: the file " + std::string(lock_file) + " cannot be read";
  rocksdb::Options options = database_options(tools_->filter);
  // A new database in the place of one that lacks a file would delete the others.
  options.create_if_missing = *noted == 0;
  const rocksdb::Status status = rocksdb::DB::Open(options, folder.string(), &opened);
  db_.reset(opened);
  if (!status.ok()) return (status.IsIOError() ? "cannot be opened: " : "are damaged: ") + status.ToString();
  const std::uint64_t found = db_->GetLatestSequenceNumber();
  if (found >= *noted) return {};
  return "are damaged: " + std::to_string(*noted - found) + " writes that were acknowledged are missing; to use what " +
         "is there all the same, or a copy that was put there, delete the file " + lock_file;
}

std::string Database::check_layout() {
  const Lookup found = get(layout_key, Reach::disk);
  switch (found.kind) {
    case Lookup::Kind::found:
      if (found.value == layout_text) return "";
      if (found.value != layout_without_owners) return "are of a later version of cartd, which this one does not read";
      if (std::string fault = index_owners(*this); !fault.empty()) return fault;
      [[fallthrough]];
    case Lookup::Kind::absent: {
      const Put layout{layout_key, layout_text};
      const WriteOutcome written = write({&layout, 1});
      return written.kind == WriteOutcome::Kind::done ? "" : "cannot be written: " + written.why;
    }
    case Lookup::Kind::damaged: return "are damaged: " + found.value;
    case Lookup::Kind::not_in_memory:
    case Lookup::Kind::failed: break;
  }
  return "cannot be read: " + found.value;
}

Lookup Database::get(std::string_view key, Reach reach) const {
  rocksdb::ReadOptions options;
  if (reach == Reach::memory) options.read_tier = rocksdb::kBlockCacheTier;
  Lookup lookup{Lookup::Kind::found};
  const rocksdb::Status status = db_->Get(options, db_->DefaultColumnFamily(), slice(key), &lookup.value);
  if (status.ok()) return lookup;
  if (status.IsNotFound()) return {Lookup::Kind::absent};
  if (status.IsIncomplete()) return {Lookup::Kind::not_in_memory};
  return {status.IsCorruption() ? Lookup::Kind::damaged : Lookup::Kind::failed, status.ToString()};
}

WriteOutcome Database::write(std::span<const Put> puts) {
  rocksdb::WriteBatch batch;
  for (const Put& put : puts) {
    if (put.value) batch.Put(slice(put.key), slice(*put.value));
    else batch.Delete(slice(put.key));
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  const rocksdb::Status status = db_->Write(options, &batch);
  if (status.ok()) {
    lock_->note(db_->GetLatestSequenceNumber());
    return {WriteOutcome::Kind::done};
  }
  const bool is_full = status.IsNoSpace();
  return {is_surely_undone(status) ? WriteOutcome::Kind::full : WriteOutcome::Kind::unknown, is_full,
          status.ToString()};
}

bool Database::resume() { return db_->Resume().ok(); }

std::string Database::checkpoint(const std::filesystem::path& folder) {
  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(db_.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (status.ok()) status = checkpoint->CreateCheckpoint(folder.string());
  return text_of(status);
}

std::string Database::compact() {
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  return text_of(db_->CompactRange(options, nullptr, nullptr));
}

std::uint64_t Database::bytes_on_disk() const {
  std::uint64_t bytes = 0;
  return db_->GetIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &bytes) ? bytes : 0;
}

}  // namespace cartd::embedded
