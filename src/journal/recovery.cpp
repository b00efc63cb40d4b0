#include "journal/recovery.h"

#include "journal/folder_check.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>

namespace cartd::journal {
namespace {

namespace fs = std::filesystem;

Trouble damaged(const fs::path& file, const std::string& why) {
  return {Trouble::Kind::damaged, file.string() + ": " + why};
}

/// The number of a segment's file; nothing when it is another file.
std::optional<std::uint64_t> segment_number(const fs::path& file) {
  const std::string digits = file.stem().string();
  if (file.extension() != segment_extension || digits.size() != 16 ||
      !std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return std::isdigit(c) != 0; }))
    return std::nullopt;
  return std::stoull(digits);
}

/// The numbers of the segments that are there.
boost::system::result<std::set<std::uint64_t>, Trouble> list(const fs::path& folder) {
  std::error_code error;
  std::set<std::uint64_t> segments;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (const auto number = segment_number(entry->path())) segments.insert(*number);
  }
  if (error) return trouble_of(error, folder);
  return segments;
}

/// Reads the segments of one folder.
class Reader {
 public:
  Reader(Disk& disk, fs::path folder, Ledger& ledger) : disk_(disk), folder_(std::move(folder)), ledger_(ledger) {}

  /// How much of each segment counts, after the ledger has seen all of it.
  boost::system::result<SegmentedLog::Segments, Trouble> replay(const std::set<std::uint64_t>& numbers) {
    SegmentedLog::Segments segments;
    std::optional<std::uint64_t> previous;
    for (const std::uint64_t number : numbers) {
      const auto opened = open(number);
      if (!opened) return opened.error();
      if (previous) {
        // Where the last process to write to it ended it, perhaps before the rest of an interrupted write.
        if (auto trouble = replay_one(*previous, header_.previous_end)) return std::move(*trouble);
        segments.emplace(*previous, header_.previous_end);
      }
      previous = number;
    }
    if (!previous) return segments;
    auto last = replay_last(*previous);
    if (!last) return last.error();
    segments.emplace(*previous, *last);
    return segments;
  }

  /// What the ledger says is needed of a segment.
  std::optional<Trouble> collect(std::uint64_t number, std::uint32_t end, std::vector<JournalRecord>& left) {
    if (auto read = load(number); !read) return read.error();
    std::optional<std::string> fault;
    const auto take = [&](const Frame& frame) {
      fault = take_needed(number, frame, left);
      return !fault;
    };
    scan(std::string_view(bytes_).substr(0, end), header_, take);
    if (fault) return damaged(path_of(number), *fault);
    return std::nullopt;
  }

 private:
  fs::path path_of(std::uint64_t number) const { return folder_ / segment_name(number); }

  boost::system::result<void, Trouble> open(std::uint64_t number) {
    const auto file = disk_.open(path_of(number), Disk::Access::read);
    if (!file) return trouble_of(file.error(), path_of(number));
    const auto head = (*file)->read(0, segment_header_bytes);
    if (!head) return trouble_of(head.error(), path_of(number));
    return take_header(number, *head);
  }

  boost::system::result<void, Trouble> load(std::uint64_t number) {
    auto bytes = read_file(disk_, path_of(number));
    if (!bytes) return trouble_of(bytes.error(), path_of(number));
    bytes_ = std::move(*bytes);
    return take_header(number, bytes_);
  }

  boost::system::result<void, Trouble> take_header(std::uint64_t number, std::string_view bytes) {
    const auto header = read_segment_header(bytes);
    if (!header) return damaged(path_of(number), header.error());
    if (header->number != number) return damaged(path_of(number), "it is another segment");
    header_ = *header;
    return {};
  }

  std::optional<Trouble> replay_one(std::uint64_t number, std::uint32_t end) {
    const SegmentHeader next = header_;
    if (auto read = load(number); !read) return read.error();
    if (bytes_.size() < end || end < segment_header_bytes) return damaged(path_of(number), "it is cut off");
    const auto scanned = replay_loaded(number, end);
    header_ = next;
    if (!scanned) return scanned.error();
    if (scanned->end != end) return damaged(path_of(number), "a record is damaged");
    return std::nullopt;
  }

  boost::system::result<std::uint32_t, Trouble> replay_last(std::uint64_t number) {
    if (auto read = load(number); !read) return read.error();
    const auto scanned = replay_loaded(number, static_cast<std::uint32_t>(bytes_.size()));
    if (!scanned) return scanned.error();
    if (scanned->rest == Rest::damaged) return damaged(path_of(number), "a record is damaged");
    return scanned->end;
  }

  boost::system::result<Scanned, Trouble> replay_loaded(std::uint64_t number, std::uint32_t end) {
    std::optional<std::string> fault;
    const auto replay = [&](const Frame& frame) {
      fault = ledger_.replay(number, frame);
      return !fault;
    };
    const Scanned scanned = scan(std::string_view(bytes_).substr(0, end), header_, replay);
    if (fault) return damaged(path_of(number), *fault);
    return scanned;
  }

  std::optional<std::string> take_needed(std::uint64_t number, const Frame& frame, std::vector<JournalRecord>& left) {
    if (frame.kind != Kind::record && frame.kind != Kind::dead_letter) return std::nullopt;
    const auto head = read_head(frame);
    if (!head) return head.error();
    const Position position{number, frame.offset, frame.bytes};
    if (frame.kind == Kind::dead_letter) {
      if (!ledger_.is_dead_at(head->command_id, position)) return std::nullopt;
      // It is read again when somebody asks for it; that it can be is found out now.
      const auto letter = read_dead_letter(frame);
      return letter ? std::nullopt : std::optional(letter.error());
    }
    const auto accepted = ledger_.is_live_at(head->command_id, position);
    if (!accepted) return std::nullopt;
    auto record = read_record(frame);
    if (!record) return record.error();
    record->accepted = *accepted;
    left.push_back(std::move(*record));
    return std::nullopt;
  }

  Disk& disk_;
  const fs::path folder_;
  Ledger& ledger_;
  SegmentHeader header_{};
  std::string bytes_{};
};

/// Which of the segments that are there belong to the journal.
boost::system::result<std::set<std::uint64_t>, Trouble> check(const fs::path& folder, const FolderLock& lock,
                                                              std::set<std::uint64_t> found) {
  const auto range = lock.range();
  if (!range || (range->oldest == 0 && !found.empty()))
    return damaged(folder, "which segments belong to the journal cannot be read");
  std::erase_if(found, [&range](std::uint64_t number) { return number < range->oldest; });
  if (range->oldest == 0) return found;
  const std::uint64_t last = std::max(range->newest, found.empty() ? 0 : *found.rbegin());
  for (std::uint64_t number = range->oldest; number <= last; ++number) {
    if (!found.contains(number)) return damaged(folder / segment_name(number), "it is missing");
  }
  return found;
}

/// Ends the segment where it counts, with what counts on disk: a process that died alone left its last groups in the
/// system's memory, and room that it had allocated.
std::optional<Trouble> end_segment(Disk& disk, const fs::path& path, std::uint32_t end) {
  const auto file = disk.open(path, Disk::Access::update);
  if (!file) return trouble_of(file.error(), path);
  if (const auto error = (*file)->truncate(end)) return trouble_of(error, path);
  if (const auto error = (*file)->sync()) return sync_trouble_of(error, path);
  return std::nullopt;
}

}  // namespace

boost::system::result<Recovered, Trouble> recover(Disk& disk, const fs::path& folder, std::unique_ptr<FolderLock> lock,
                                                  std::uint64_t max_bytes) {
  if (std::string fault = earlier_version_fault(folder); !fault.empty())
    return Trouble{Trouble::Kind::broken, std::move(fault)};
  const auto listed = list(folder);
  if (!listed) return listed.error();
  const auto numbers = check(folder, *lock, *listed);
  if (!numbers) return numbers.error();
  if (numbers->empty()) {
    const auto range = lock->range();
    // Known before the first segment is there, so that a segment without it is noticed.
    if (auto trouble = lock->write({std::max<std::uint64_t>(1, range->oldest), range->newest}, true))
      return std::move(*trouble);
  }
  for (const std::uint64_t number : *listed) {
    if (!numbers->contains(number)) disk.remove(folder / segment_name(number));
  }

  Recovered recovered{Ledger(max_bytes), {}, nullptr};
  Reader reader(disk, folder, recovered.ledger);
  auto segments = reader.replay(*numbers);
  if (!segments) return segments.error();
  recovered.left.reserve(recovered.ledger.live_records());
  for (const auto& [number, end] : *segments) {
    if (auto trouble = reader.collect(number, end, recovered.left)) return std::move(*trouble);
  }
  std::sort(recovered.left.begin(), recovered.left.end(), [](const JournalRecord& a, const JournalRecord& b) {
    return std::tie(a.command_id.producer, a.command_id.sequence) <
           std::tie(b.command_id.producer, b.command_id.sequence);
  });
  if (!segments->empty()) {
    const auto& [newest, end] = *segments->rbegin();
    if (auto trouble = end_segment(disk, folder / segment_name(newest), end)) return std::move(*trouble);
  }
  recovered.log = std::make_unique<SegmentedLog>(disk, folder, std::move(lock), std::move(*segments));
  return recovered;
}

}  // namespace cartd::journal
