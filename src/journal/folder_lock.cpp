#include "journal/folder_lock.h"

#include "journal/bytes.h"
#include "journal/checksum.h"
#include "journal/folder_check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>
#include <system_error>
#include <utility>

namespace cartd::journal {
namespace {

constexpr std::size_t range_bytes = 20;

}  // namespace

boost::system::result<std::unique_ptr<FolderLock>, Trouble> FolderLock::take(Disk& disk,
                                                                             const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / lock_file;
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return trouble_of(last_error(), path);
  std::unique_ptr<FolderLock> lock(new FolderLock(file, path));
  // Of this open file and not of the process: so that one process cannot have it twice either.
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(file, F_OFD_SETLK, &whole) != 0) return std::unique_ptr<FolderLock>();
  if (const auto error = disk.sync_folder(folder)) return sync_trouble_of(error, folder);
  return lock;
}

FolderLock::~FolderLock() { ::close(file_); }

std::optional<SegmentRange> FolderLock::range() const {
  std::array<char, range_bytes + 1> buffer{};
  const ssize_t got = ::pread(file_, buffer.data(), buffer.size(), 0);
  if (got == 0) return SegmentRange{0, 0};
  if (got != static_cast<ssize_t>(range_bytes)) return std::nullopt;
  const std::string_view text(buffer.data(), range_bytes);
  if (number_at(text, 16, 4) != checksum(text.substr(0, 16), 0)) return std::nullopt;
  return SegmentRange{number_at(text, 0, 8), number_at(text, 8, 8)};
}

std::optional<Trouble> FolderLock::write(SegmentRange range, bool sync) {
  std::string text;
  append_number(text, range.oldest, 8);
  append_number(text, range.newest, 8);
  append_number(text, checksum(text, 0), 4);
  // In one sector, which disks write whole or not at all.
  if (::pwrite(file_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return trouble_of(last_error(), path_);
  if (sync && ::fdatasync(file_) != 0) return sync_trouble_of(last_error(), path_);
  return std::nullopt;
}

}  // namespace cartd::journal
