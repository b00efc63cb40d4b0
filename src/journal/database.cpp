#include "journal/database.h"

#include "journal/folder_check.h"
#include "journal/wal.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace cartd::journal {
namespace {

constexpr std::size_t memtable_bytes = std::size_t{8} * 1024 * 1024;
// What opening a database again may take: the log becomes a table.
constexpr std::size_t probe_bytes = memtable_bytes + std::size_t{1024} * 1024;

/// RocksDB has a code of its own for ENOSPC alone; of the others it keeps the system's sentence.
bool is_full(const rocksdb::Status& status) {
  if (status.IsNoSpace()) return true;
  const std::string text = status.ToString();
  return status.IsIOError() && (text.find(std::generic_category().message(EDQUOT)) != std::string::npos ||
                                text.find(std::generic_category().message(EFBIG)) != std::string::npos);
}

Trouble trouble_of(const rocksdb::Status& status) {
  using Kind = Trouble::Kind;
  return {is_full(status) ? Kind::full : status.IsCorruption() ? Kind::damaged : Kind::broken, status.ToString()};
}

/// Notices every failed fsync, also those that RocksDB would get over by itself, and keeps it from trying to.
class Watch final : public rocksdb::EventListener {
 public:
  bool sync_failed() const { return sync_failed_.load(); }

  bool ShouldBeNotifiedOnFileIO() override { return true; }
  void OnIOError(const rocksdb::IOErrorInfo& info) override {
    using Operation = rocksdb::FileOperationType;
    if (info.operation == Operation::kSync || info.operation == Operation::kFsync ||
        info.operation == Operation::kRangeSync)
      sync_failed_ = true;
  }
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* auto_recovery) override {
    *auto_recovery = false;
  }

 private:
  std::atomic<bool> sync_failed_{false};
};

/// RocksDB's own log would be another file that grows. What matters of it comes as a Status.
class NoLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::Options options_with(rocksdb::Env& env, std::shared_ptr<Watch> watch) {
  rocksdb::Options options;
  options.env = &env;
  options.create_if_missing = true;
  options.info_log = std::make_shared<NoLog>();
  options.listeners.push_back(std::move(watch));

  // To lose nothing: a log ends at its last whole record; anything else that is wrong stops the start (see wal.h). A
  // log that is used again could not be told from a damaged one.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.recycle_log_file_num = 0;
  options.track_and_verify_wals_in_manifest = true;
  options.paranoid_checks = true;
  options.max_bgerror_resume_count = 0;

  // To stay small: most records are deleted before they are flushed.
  options.write_buffer_size = memtable_bytes;
  options.max_write_buffer_number = 3;
  options.target_file_size_base = memtable_bytes;
  options.max_bytes_for_level_base = 4 * memtable_bytes;
  options.max_manifest_file_size = std::size_t{1024} * 1024;
  options.manifest_preallocation_size = std::size_t{64} * 1024;
  options.compression = rocksdb::kNoCompression;
  options.max_open_files = 64;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(std::size_t{1024} * 1024);
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

bool is_log(const std::filesystem::path& file) {
  const std::string number = file.stem().string();
  return file.extension() == ".log" &&
         std::all_of(number.begin(), number.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

rocksdb::Status check_logs(rocksdb::Env& env, const std::filesystem::path& folder) {
  std::vector<std::string> files;
  if (auto listed = env.GetChildren(folder.string(), &files); !listed.ok()) return listed;
  for (const std::string& name : files) {
    if (!is_log(name)) continue;
    std::string log;
    if (auto read = rocksdb::ReadFileToString(&env, (folder / name).string(), &log); !read.ok()) return read;
    if (is_damaged(log)) return rocksdb::Status::Corruption("a record is damaged in " + (folder / name).string());
  }
  return rocksdb::Status::OK();
}

std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace

std::unique_ptr<FolderLock> FolderLock::take(rocksdb::Env& env, const std::filesystem::path& folder) {
  rocksdb::FileLock* lock = nullptr;
  // RocksDB's own lock, LOCK, is let go while the database is opened again.
  if (!env.LockFile((folder / lock_file).string(), &lock).ok()) return nullptr;
  return std::unique_ptr<FolderLock>(new FolderLock(env, lock));
}

FolderLock::~FolderLock() { env_.UnlockFile(lock_).PermitUncheckedError(); }

class Database::Impl {
 public:
  Impl(std::unique_ptr<rocksdb::DB> opened, std::shared_ptr<Watch> watching)
      : db(std::move(opened)), watch(std::move(watching)) {}

  std::unique_ptr<rocksdb::DB> db;
  std::shared_ptr<Watch> watch;
};

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::~Database() = default;

boost::system::result<std::unique_ptr<Database>, Trouble> Database::open(rocksdb::Env& env,
                                                                         const std::filesystem::path& folder) {
  if (const auto checked = check_logs(env, folder); !checked.ok()) return trouble_of(checked);
  auto watch = std::make_shared<Watch>();
  rocksdb::DB* opened = nullptr;
  const auto status = rocksdb::DB::Open(options_with(env, watch), folder.string(), &opened);
  if (!status.ok()) return trouble_of(status);
  return std::unique_ptr<Database>(
      new Database(std::make_unique<Impl>(std::unique_ptr<rocksdb::DB>(opened), std::move(watch))));
}

std::optional<Trouble> Database::write(const Edits& edits, bool sync) {
  rocksdb::WriteBatch batch;
  rocksdb::Status status;
  for (const Edit& edit : edits) {
    status = edit.value ? batch.Put(edit.key, *edit.value) : batch.Delete(edit.key);
    if (!status.ok()) return trouble_of(status);
  }
  rocksdb::WriteOptions how;
  how.sync = sync;
  status = impl_->db->Write(how, &batch);
  if (impl_->watch->sync_failed()) return Trouble{Trouble::Kind::broken, "an fsync failed: " + status.ToString()};
  if (!status.ok()) return trouble_of(status);
  return std::nullopt;
}

std::optional<Trouble> Database::scan(
    const std::function<bool(std::string_view key, std::string_view value)>& visit) const {
  rocksdb::ReadOptions how;
  how.verify_checksums = true;
  how.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> entry(impl_->db->NewIterator(how));
  for (entry->SeekToFirst(); entry->Valid(); entry->Next()) {
    if (!visit(view(entry->key()), view(entry->value()))) break;
  }
  if (const auto status = entry->status(); !status.ok()) return trouble_of(status);
  return std::nullopt;
}

bool has_space(rocksdb::Env& env, const std::filesystem::path& folder) {
  const std::string name = (folder / "SPACE-PROBE").string();
  std::unique_ptr<rocksdb::WritableFile> file;
  bool written = env.NewWritableFile(name, &file, rocksdb::EnvOptions()).ok();
  if (written) {
    written = file->Append(std::string(probe_bytes, '\0')).ok() && file->Sync().ok() && file->Close().ok();
    file.reset();
  }
  const bool deleted = env.DeleteFile(name).ok();
  return written && deleted;
}

}  // namespace cartd::journal
