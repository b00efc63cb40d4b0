#include "journal/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace cartd::journal {
namespace {

class SystemFile final : public Disk::File {
 public:
  explicit SystemFile(int file) : file_(file) {}
  ~SystemFile() override { ::close(file_); }
  SystemFile(const SystemFile&) = delete;
  SystemFile& operator=(const SystemFile&) = delete;

  std::error_code write(std::uint64_t at, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return last_error();
      at += static_cast<std::uint64_t>(written);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }
  std::error_code sync() override { return ::fdatasync(file_) == 0 ? std::error_code() : last_error(); }
  std::error_code allocate(std::uint64_t bytes) override {
    if (::fallocate(file_, 0, 0, static_cast<off_t>(bytes)) == 0) return {};
    return errno == EOPNOTSUPP || errno == ENOSYS ? std::error_code() : last_error();
  }
  std::error_code truncate(std::uint64_t bytes) override {
    return ::ftruncate(file_, static_cast<off_t>(bytes)) == 0 ? std::error_code() : last_error();
  }
  DiskResult<std::string> read(std::uint64_t at, std::size_t bytes) override {
    std::string text(bytes, '\0');
    std::size_t done = 0;
    while (done < bytes) {
      const ssize_t got = ::pread(file_, text.data() + done, bytes - done, static_cast<off_t>(at + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return last_error();
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    text.resize(done);
    return text;
  }
  DiskResult<std::uint64_t> size() override {
    struct stat status {};
    if (::fstat(file_, &status) != 0) return last_error();
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  int file_;
};

class SystemDisk final : public Disk {
 public:
  DiskResult<std::unique_ptr<File>> open(const std::filesystem::path& path, Access access) override {
    const int how = access == Access::create ? O_CREAT | O_TRUNC : 0;
    const int flags = how | (access == Access::read ? O_RDONLY : O_RDWR);
    const int file = ::open(path.c_str(), flags | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) return last_error();
    return std::unique_ptr<File>(std::make_unique<SystemFile>(file));
  }
  std::error_code rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return ::rename(from.c_str(), to.c_str()) == 0 ? std::error_code() : last_error();
  }
  std::error_code remove(const std::filesystem::path& path) override {
    return ::unlink(path.c_str()) == 0 || errno == ENOENT ? std::error_code() : last_error();
  }
  std::error_code sync_folder(const std::filesystem::path& folder) override {
    const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0) return last_error();
    const std::error_code error = ::fsync(opened) == 0 ? std::error_code() : last_error();
    ::close(opened);
    return error;
  }
};

std::string described(const std::error_code& error, const std::filesystem::path& path) {
  return path.string() + ": " + error.message();
}

}  // namespace

std::error_code last_error() { return {errno, std::generic_category()}; }

Disk& Disk::system() {
  static SystemDisk disk;
  return disk;
}

Trouble trouble_of(const std::error_code& error, const std::filesystem::path& path) {
  const bool full = error == std::errc::no_space_on_device || error == std::errc::file_too_large ||
                    error == std::error_code(EDQUOT, std::generic_category());
  return {full ? Trouble::Kind::full : Trouble::Kind::broken, described(error, path)};
}

Trouble sync_trouble_of(const std::error_code& error, const std::filesystem::path& path) {
  return {Trouble::Kind::broken, "an fsync failed: " + described(error, path)};
}

}  // namespace cartd::journal
