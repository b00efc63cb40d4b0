#include "faulty_disk.h"

#include <string>
#include <string_view>
#include <utility>

namespace cartd::test {
namespace {

using journal::Disk;
using journal::DiskResult;

std::error_code broken() { return std::make_error_code(std::errc::io_error); }
std::error_code full() { return std::make_error_code(std::errc::no_space_on_device); }

class FaultyFile final : public Disk::File {
 public:
  FaultyFile(std::unique_ptr<Disk::File> file, std::shared_ptr<FaultyDisk::Faults> faults)
      : file_(std::move(file)), faults_(std::move(faults)) {}

  std::error_code write(std::uint64_t at, std::string_view bytes) override {
    faults_->writes_held.wait(true);
    if (faults_->writes_fail) return broken();
    if (faults_->no_space) {
      static_cast<void>(file_->write(at, bytes.substr(0, bytes.size() / 2)));
      return full();
    }
    ++faults_->log_writes;
    return file_->write(at, bytes);
  }
  std::error_code sync() override {
    faults_->held.wait(true);
    if (faults_->syncs_lack_space) return full();
    if (faults_->syncs_fail) return broken();
    ++faults_->log_syncs;
    return file_->sync();
  }
  std::error_code allocate(std::uint64_t bytes) override { return faults_->no_space ? full() : file_->allocate(bytes); }
  std::error_code truncate(std::uint64_t bytes) override { return file_->truncate(bytes); }
  DiskResult<std::string> read(std::uint64_t at, std::size_t bytes) override {
    faults_->reads_held.wait(true);
    if (faults_->reads_fail) return broken();
    return file_->read(at, bytes);
  }
  DiskResult<std::uint64_t> size() override { return file_->size(); }

 private:
  std::unique_ptr<Disk::File> file_;
  std::shared_ptr<FaultyDisk::Faults> faults_;
};

}  // namespace

DiskResult<std::unique_ptr<Disk::File>> FaultyDisk::open(const std::filesystem::path& path, Access access) {
  if (access == Access::create) ++faults_->probes;
  auto opened = system().open(path, access);
  if (!opened) return opened.error();
  return std::unique_ptr<File>(std::make_unique<FaultyFile>(std::move(*opened), faults_));
}

std::error_code FaultyDisk::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  return system().rename(from, to);
}

std::error_code FaultyDisk::remove(const std::filesystem::path& path) { return system().remove(path); }

std::error_code FaultyDisk::sync_folder(const std::filesystem::path& folder) {
  return faults_->folder_syncs_fail ? broken() : system().sync_folder(folder);
}

void FaultyDisk::release() {
  for (std::atomic<bool>* held : {&faults_->held, &faults_->writes_held, &faults_->reads_held}) {
    *held = false;
    held->notify_all();
  }
}

}  // namespace cartd::test
