#include "faulty_disk.h"

#include <rocksdb/file_system.h>

#include <string>
#include <utility>

namespace cartd::test {
namespace {

using rocksdb::DataVerificationInfo;
using rocksdb::FileOptions;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyFile(std::unique_ptr<FSWritableFile> file, bool log, std::shared_ptr<FaultyDisk::Faults> faults)
      : FSWritableFileOwnerWrapper(std::move(file)), log_(log), faults_(std::move(faults)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* context) override {
    if (log_) faults_->writes_held.wait(true);
    if (faults_->writes_fail) return IOStatus::IOError("Input/output error");
    if (faults_->no_space) {
      target()->Append(Slice(data.data(), data.size() / 2), options, context).PermitUncheckedError();
      return IOStatus::NoSpace();
    }
    return target()->Append(data, options, context);
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const DataVerificationInfo&,
                  IODebugContext* context) override {
    return Append(data, options, context);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
    return synced([&] { return target()->Sync(options, context); });
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
    return synced([&] { return target()->Fsync(options, context); });
  }

 private:
  template <class Call>
  IOStatus synced(Call call) {
    if (log_) faults_->held.wait(true);
    if (log_ && faults_->syncs_lack_space) return IOStatus::NoSpace();
    if (log_ ? faults_->syncs_fail : faults_->table_syncs_fail) return IOStatus::IOError("Input/output error");
    if (log_) ++faults_->log_syncs;
    return call();
  }

  bool log_;
  std::shared_ptr<FaultyDisk::Faults> faults_;
};

class FaultyFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultyFileSystem(std::shared_ptr<FaultyDisk::Faults> faults)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), faults_(std::move(faults)) {}

  const char* Name() const override { return "FaultyFileSystem"; }

  IOStatus NewWritableFile(const std::string& name, const FileOptions& options, std::unique_ptr<FSWritableFile>* file,
                           IODebugContext* context) override {
    if (name.ends_with("SPACE-PROBE")) ++faults_->probes;
    auto made = target()->NewWritableFile(name, options, file, context);
    if (made.ok()) *file = std::make_unique<FaultyFile>(std::move(*file), name.ends_with(".log"), faults_);
    return made;
  }

 private:
  std::shared_ptr<FaultyDisk::Faults> faults_;
};

}  // namespace

FaultyDisk::FaultyDisk()
    : faults_(std::make_shared<Faults>()),
      env_(rocksdb::NewCompositeEnv(std::make_shared<FaultyFileSystem>(faults_))) {}

FaultyDisk::~FaultyDisk() = default;

void FaultyDisk::release() {
  for (std::atomic<bool>* held : {&faults_->held, &faults_->writes_held}) {
    *held = false;
    held->notify_all();
  }
}

}  // namespace cartd::test
