#include "store/embedded/writer.h"

#include "runtime/time_slice.h"

#include <map>
#include <system_error>
#include <utility>

namespace cartd::embedded {
namespace {

using namespace std::chrono_literals;

constexpr auto full_disk_pause = 1s;
constexpr auto space_interval = 100ms;
constexpr auto stall = 1s;

// A group ends with the write with which it has as much; the others wait for the next one.
constexpr std::size_t group_bytes = std::size_t{1} << 20;

Error disk_full() { return {Errc::store_full, "the store's disk is full; nothing was done"}; }
Error disk_failed() {
  return {Errc::unavailable, "the store's disk could not be written, and cartd must be restarted; nothing was done"};
}
Error just_failed() {
  return {Errc::outcome_unknown,
          "the store's disk could not be written; the change may be found done after a restart of cartd"};
}
Error corrupt() { return {Errc::corrupt, "the stored cart cannot be decoded"}; }
Error unreadable() { return {Errc::unavailable, "the store's disk cannot be read; nothing was done"}; }

}  // namespace

Writer::Writer(Database& database, SharedRecords& records, Metrics& metrics, Options options)
    : database_(database),
      records_(records),
      options_(std::move(options)),
      syncs_(
          metrics.counter("cartd_embedded_syncs_total", "Groups of changes synced to the embedded store's disk.", {})),
      writes_(metrics.counter("cartd_embedded_writes_total", "Carts and users written to the embedded store.", {})),
      file_bytes_(
          metrics.gauge("cartd_embedded_file_bytes", "Bytes of the embedded store's files, but for its log.", {})),
      thread_([this] { run(); }) {}

Writer::~Writer() {
  queue_.stop();
  thread_.join();
}

DiskState Writer::state() const {
  const DiskState disk = disk_;
  if (disk == DiskState::failed) return disk;
  const auto since = busy_since_.load(std::memory_order_relaxed);
  const auto now = SteadyClock::now().time_since_epoch();
  return since != 0 && now - SteadyClock::duration(since) > stall ? DiskState::stalled : disk;
}

void Writer::note_late() {
  if (state() != DiskState::stalled || logged_stall_ || !stalls_.pass()) return;
  logged_stall_ = true;
  log(LogLevel::error, "the embedded store's disk does not answer; changes are refused until it does");
}

void Writer::run() {
  // Every change waits for this thread, which waits for the disk while others compute.
  ask_for_short_time_slices();
  while (queue_.wait(try_again_at_)) {
    busy_since_ = SteadyClock::now().time_since_epoch().count();
    if (try_again_at_ && SteadyClock::now() >= *try_again_at_) try_again();
    if (const Group group = take(); !group.empty()) write_group(group);
    const auto took = SteadyClock::now().time_since_epoch() - SteadyClock::duration(busy_since_.exchange(0));
    if (logged_stall_.exchange(false))
      log(LogLevel::warn, "the embedded store's disk answers again",
          {{"seconds", std::chrono::duration<double>(took).count()}});
  }
}

Writer::Group Writer::take() {
  std::size_t bytes = 0;
  return queue_.take([&bytes](const Write& taken) {
    bytes += taken.value ? taken.value->size() : 0;
    for (const Beside& other : taken.beside) bytes += other.value ? other.value->size() : 0;
    return bytes < group_bytes;
  });
}

void Writer::write_group(const Group& group) {
  look_for_space();
  if (const auto error = refusal()) {
    refuse(group, *error);
    return answer(group);
  }
  const Group accepted = compare(group);
  if (!accepted.empty()) {
    const WriteOutcome outcome = write(accepted);
    if (outcome.kind != WriteOutcome::Kind::done) {
      stop_working(outcome);
      // Those that were refused for what others in the group had written, too: that is not there.
      refuse(group, outcome.kind == WriteOutcome::Kind::full ? disk_full() : just_failed());
    }
  }
  answer(group);
}

Writer::Group Writer::compare(const Group& group) {
  Group accepted;
  std::unordered_map<std::string_view, const Write*> written;  // By this group: the newest of each key.
  for (const WritePtr& write : group) {
    const auto earlier = written.find(write->key);
    if (!compare(*write, earlier == written.end() ? nullptr : earlier->second)) continue;
    write->was_as_expected = true;
    accepted.push_back(write);
    written[write->key] = write.get();
  }
  return accepted;
}

bool Writer::compare(Write& write, const Write* earlier) {
  if (!has_to_be_read(write.expected)) return true;
  const auto* const token = std::get_if<TokenIs>(&write.expected);
  // Mostly it need not be read.
  if (token != nullptr) {
    SnapshotPtr current = earlier != nullptr ? earlier->snapshot : records_.find(write.snapshot->record.cart.id);
    if (current) {
      if (judge(*token, current.get()) == Verdict::as_expected) return true;
      write.found_in_memory = std::move(current);
      return false;
    }
  }
  Lookup lookup{Lookup::Kind::absent};
  if (earlier == nullptr) lookup = database_.get(write.key, Reach::disk);
  else if (earlier->value) lookup = {Lookup::Kind::found, *earlier->value};
  const bool is_found = lookup.kind == Lookup::Kind::found;
  if (!is_found && lookup.kind != Lookup::Kind::absent) {
    write.failure = lookup.kind == Lookup::Kind::damaged ? corrupt() : unreadable();
    return false;
  }
  const Verdict verdict =
      judge(write.expected, is_found ? std::optional<std::string_view>(lookup.value) : std::nullopt);
  if (verdict == Verdict::undecodable) write.failure = corrupt();
  else if (verdict == Verdict::otherwise && is_found) write.found = std::move(lookup.value);
  return verdict == Verdict::as_expected;
}

WriteOutcome Writer::write(const Group& group) {
  std::vector<Put> puts;
  puts.reserve(group.size());
  for (const WritePtr& write : group) {
    puts.push_back({write->key, write->value});
    for (const Beside& other : write->beside) puts.push_back({other.key, other.value});
    if (write->snapshot) records_.begin_write(write->snapshot->record.cart.id);
  }
  WriteOutcome outcome = database_.write(puts);
  const bool is_done = outcome.kind == WriteOutcome::Kind::done;
  for (const WritePtr& write : group)
    if (write->snapshot) records_.end_write(write->snapshot->record.cart.id, is_done ? write->snapshot : SnapshotPtr());
  if (is_done) {
    syncs_.add();
    writes_.add(static_cast<double>(group.size()));
  }
  return outcome;
}

void Writer::refuse(const Group& group, const Error& error) {
  for (const WritePtr& write : group) {
    if (!write->failure) write->failure = error;
  }
}

void Writer::answer(const Group& group) {
  std::map<std::shared_ptr<Calls>, std::vector<Calls::Number>> by_loop;
  for (const WritePtr& write : group) by_loop[write->calls].push_back(write->number);
  for (auto& [calls, numbers] : by_loop) calls->done(std::move(numbers));
}

std::optional<Error> Writer::refusal() {
  switch (disk_) {
    case DiskState::failed: return disk_failed();
    case DiskState::full: return disk_full();
    case DiskState::working:
    case DiskState::stalled: break;
  }
  return std::nullopt;
}

// A full disk is noticed before it is: RocksDB needs room to move what it has, and a write that does not fit is worse
// than one that is not tried.
void Writer::look_for_space() {
  if (disk_ != DiskState::working) return;
  const auto now = SteadyClock::now();
  if (now - looked_for_space_at_ < space_interval) return;
  looked_for_space_at_ = now;
  file_bytes_.set(static_cast<double>(database_.bytes_on_disk()));
  std::error_code failed;
  const auto space = std::filesystem::space(options_.folder, failed);
  if (failed || space.available >= options_.least_space) return;
  lacks_space_ = true;
  stop_working({WriteOutcome::Kind::full, true, "only " + std::to_string(space.available) + " bytes are left"});
}

void Writer::stop_working(const WriteOutcome& outcome) {
  if (outcome.is_full) {
    disk_ = DiskState::full;
    try_again_at_ = SteadyClock::now() + full_disk_pause;
    log(LogLevel::warn, "the embedded store's disk is full; changes are refused until there is space",
        {{"why", outcome.why}});
  } else {
    disk_ = DiskState::failed;
    try_again_at_.reset();
    log(LogLevel::error, "the embedded store's disk failed; nothing is written until cartd is restarted",
        {{"why", outcome.why}});
  }
}

void Writer::try_again() {
  try_again_at_ = SteadyClock::now() + full_disk_pause;
  std::error_code failed;
  const auto space = std::filesystem::space(options_.folder, failed);
  if (!failed && space.available < options_.least_space) return;
  if (!lacks_space_ && !database_.resume()) return;
  lacks_space_ = false;
  try_again_at_.reset();
  disk_ = DiskState::working;
  log(LogLevel::warn, "the embedded store's disk has space again");
}

}  // namespace cartd::embedded
