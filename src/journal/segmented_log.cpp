#include "journal/segmented_log.h"

#include "runtime/defect.h"

#include <cstdio>
#include <random>
#include <utility>

namespace cartd::journal {
namespace {

std::uint64_t random_salt() {
  std::random_device source;
  return std::uint64_t{source()} << 32 | source();
}

/// A segment under its temporary name, with its header on disk.
boost::system::result<std::unique_ptr<Disk::File>, Trouble> make_segment(Disk& disk, const std::filesystem::path& path,
                                                                         const SegmentHeader& header) {
  auto made = disk.open(path, Disk::Access::create);
  if (!made) return trouble_of(made.error(), path);
  if (const auto error = (*made)->allocate(segment_bytes)) return trouble_of(error, path);
  if (const auto error = (*made)->write(0, encode(header))) return trouble_of(error, path);
  if (const auto error = (*made)->sync()) return sync_trouble_of(error, path);
  return std::move(*made);
}

}  // namespace

std::string segment_name(std::uint64_t number) {
  std::string digits = std::to_string(number);
  return std::string(digits.size() < 16 ? 16 - digits.size() : 0, '0') + digits + segment_extension;
}

DiskResult<std::string> read_file(Disk& disk, const std::filesystem::path& path) {
  const auto file = disk.open(path, Disk::Access::read);
  if (!file) return file.error();
  const auto size = (*file)->size();
  if (!size) return size.error();
  if (*size > max_segment_bytes) return std::make_error_code(std::errc::value_too_large);
  return (*file)->read(0, static_cast<std::size_t>(*size));
}

SegmentedLog::SegmentedLog(Disk& disk, std::filesystem::path folder, std::unique_ptr<FolderLock> lock,
                           Segments segments)
    : disk_(disk), folder_(std::move(folder)), lock_(std::move(lock)), sealed_(std::move(segments)) {
  for (const auto& [number, bytes] : sealed_) sealed_bytes_ += bytes;
  if (!sealed_.empty()) {
    header_.number = sealed_.rbegin()->first;
    end_ = synced_end_ = sealed_.rbegin()->second;
  }
}

SegmentedLog::~SegmentedLog() = default;

std::optional<Trouble> SegmentedLog::roll() {
  if (auto trouble = sync()) return trouble;
  // What was allocated for it and not used; the next segment says how much of it counts in any case.
  if (file_) static_cast<void>(file_->truncate(end_));

  const SegmentHeader header{header_.number + 1, random_salt(), end_};
  const std::filesystem::path temporary = folder_ / "NEXT-SEGMENT";
  auto made = make_segment(disk_, temporary, header);
  if (!made) {
    disk_.remove(temporary);
    return made.error();
  }
  if (const auto error = disk_.rename(temporary, path_of(header.number))) return trouble_of(error, temporary);
  if (const auto error = disk_.sync_folder(folder_)) return sync_trouble_of(error, folder_);

  if (file_) {
    sealed_.emplace(header_.number, end_);
    sealed_bytes_ += end_;
  }
  header_ = header;
  file_ = std::move(*made);
  end_ = synced_end_ = segment_header_bytes;
  return lock_->write({oldest(), newest()}, false);
}

std::optional<Trouble> SegmentedLog::write(Group& group, bool also_sync) {
  ensure(group.segment() == header_.number && group.start() == end_,
         "a journal's groups are written one after another");
  const std::string_view bytes = group.finish(synced_end_);
  if (const auto error = file_->write(end_, bytes)) return trouble_of(error, path_of(header_.number));
  end_ += static_cast<std::uint32_t>(bytes.size());
  return also_sync ? sync() : std::nullopt;
}

std::optional<Trouble> SegmentedLog::sync() {
  if (synced_end_ == end_) return std::nullopt;
  if (const auto error = file_->sync()) return sync_trouble_of(error, path_of(header_.number));
  synced_end_ = end_;
  return std::nullopt;
}

std::optional<Trouble> SegmentedLog::trim(std::uint64_t oldest_needed) {
  if (oldest() >= oldest_needed) return std::nullopt;
  if (auto trouble = sync()) return trouble;
  if (auto trouble = lock_->write({oldest_needed, newest()}, true)) return trouble;
  while (!sealed_.empty() && sealed_.begin()->first < oldest_needed) {
    const std::filesystem::path path = path_of(sealed_.begin()->first);
    if (const auto error = disk_.remove(path)) return trouble_of(error, path);
    sealed_bytes_ -= sealed_.begin()->second;
    sealed_.erase(sealed_.begin());
  }
  if (open_number_ < oldest_needed) open_file_.reset();
  return std::nullopt;
}

boost::system::result<std::string, Trouble> SegmentedLog::read(const Position& position) {
  Disk::File* file = file_.get();
  if (position.segment != header_.number) {
    if (!open_file_ || open_number_ != position.segment) {
      auto opened = disk_.open(path_of(position.segment), Disk::Access::read);
      if (!opened) return trouble_of(opened.error(), path_of(position.segment));
      open_file_ = std::move(*opened);
      open_number_ = position.segment;
    }
    file = open_file_.get();
  }
  auto bytes = file->read(position.offset, position.bytes);
  if (!bytes) return trouble_of(bytes.error(), path_of(position.segment));
  return std::move(*bytes);
}

boost::system::result<std::string, Trouble> SegmentedLog::read_sealed(std::uint64_t number) {
  auto bytes = read(Position{number, 0, sealed_.at(number)});
  if (bytes && bytes->size() != sealed_.at(number))
    return Trouble{Trouble::Kind::damaged, path_of(number).string() + " is cut off"};
  return bytes;
}

}  // namespace cartd::journal
