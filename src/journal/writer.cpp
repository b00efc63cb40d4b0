#include "journal/writer.h"

#include "journal/letter_reader.h"
#include "runtime/log.h"
#include "runtime/time_slice.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cartd::journal {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto full_disk_pause = 1s;

// How often a group is looked at until it counts as stalled.
constexpr unsigned looks = 8;

const char* failure_of(JournalState state, bool at_bound) {
  switch (state) {
    case JournalState::working: return "";
    case JournalState::full: return at_bound ? "the journal has reached --max-journal" : "the journal's disk is full";
    case JournalState::stalled: return "the journal's disk does not answer";
    case JournalState::failed: return "the journal could not be written";
  }
  return "";
}

Error refusal_of(JournalState disk_state) {
  if (disk_state == JournalState::full)
    return Error{Errc::journal_full, "the journal's disk is full; nothing was done"};
  return Error{Errc::journal_failed, "the journal could not be written; cartd must be restarted"};
}

// A group is kept whole or not at all, but nobody knows which after a failed write.
Error failed_just_now() {
  return Error{Errc::outcome_unknown,
               "the journal could not be written; the change may be applied after a restart of cartd"};
}

}  // namespace

Writer::Writer(std::unique_ptr<SegmentedLog> log, Ledger ledger, std::chrono::milliseconds deadline)
    : log_(std::move(log)),
      in_flight_(looks),
      ledger_(std::move(ledger)),
      upkeep_(*log_, ledger_, books_mutex_),
      look_interval_(std::max(1ms, deadline / looks)) {
  look_for_room();
  thread_ = std::thread([this] { run(); });
  watch_thread_ = std::thread([this] { watch(); });
}

Writer::~Writer() {
  queue_.stop();
  thread_.join();
  {
    const std::lock_guard lock(watch_mutex_);
    watch_stopping_ = true;
  }
  watch_wake_.notify_one();
  watch_thread_.join();
}

void Writer::submit(Request request) {
  if (in_flight_.is_stalled() && request.waiter) {
    const bool withdrawn = can_be_withdrawn(request.task);
    std::vector<Answered> answered;
    answered.emplace_back(std::exchange(request.waiter, Waiter()), given_up(request.task));
    resume_all(std::move(answered));
    if (withdrawn) return;
  }
  queue_.add(std::move(request));
}

void Writer::run() {
  // Every change waits for this thread, which waits for the disk while others compute.
  ask_for_short_time_slices();
  // There may be nothing to do but to look at a full disk.
  while (queue_.wait(try_again_at_)) {
    in_flight_.begin();
    if (try_again_at_ && SteadyClock::now() >= *try_again_at_) try_again();
    write_group(queue_.take());
    in_flight_.end();
  }
  in_flight_.begin();
  if (try_again_at_) try_again();
  if (disk_state_ == JournalState::working)
    if (const auto trouble = log_->sync()) stop_working(*trouble);
  in_flight_.end();
}

void Writer::watch() {
  std::unique_lock lock(watch_mutex_);
  while (!watch_wake_.wait_for(lock, look_interval_, [this] { return watch_stopping_; })) {
    if (in_flight_.look()) give_up_waiting();
  }
}

void Writer::give_up_waiting() {
  std::vector<Answered> answered = in_flight_.give_up();
  std::vector<Answered> queued = queue_.give_up();
  std::move(queued.begin(), queued.end(), std::back_inserter(answered));
  resume_all(std::move(answered));
}

void Writer::write_group(std::vector<Request> requests) {
  Group group = log_->next_group();
  bool sync = false;
  std::uint64_t appended = 0;
  std::vector<ReadingPtr> readings;
  std::vector<Answered> answered;  // Those of the readings first.
  std::vector<Answered> writes;
  std::vector<Answered> patient;
  {
    const std::lock_guard lock(books_mutex_);
    for (Request& request : requests) {
      auto* const operation = std::get_if<Operation>(&request.task);
      if (operation == nullptr) {
        readings.push_back(std::get<ReadingPtr>(request.task));
        answered.emplace_back(std::move(request.waiter), Result<void>());
        continue;
      }
      const bool revives = std::holds_alternative<Revive>(*operation);
      const bool appends = revives || std::holds_alternative<Append>(*operation);
      auto result = ledger_.apply(std::move(*operation), group);
      if (result && request.pace == Pace::durable) sync = true;
      if (result && appends) ++appended;
      if (request.waiter) (revives ? patient : writes).emplace_back(std::move(request.waiter), std::move(result));
    }
  }
  std::move(writes.begin(), writes.end(), std::back_inserter(answered));
  in_flight_.add(std::move(answered));
  const auto refusal = group.empty() ? std::nullopt : write(group, sync);
  {
    const std::lock_guard lock(books_mutex_);
    if (refusal) {
      ledger_.undo_group(group);
    } else {
      ledger_.keep_group();
      appended_ += appended;
      if (sync) {
        ++fsyncs_;
        ledger_.note_synced();
      }
    }
  }
  for (const ReadingPtr& reading : readings) read_letters(ledger_, *log_, *reading);
  look_for_room();
  // All of them, or nobody: they were given up on together.
  answered = in_flight_.take();
  const std::size_t first_write = std::min(answered.size(), readings.size());
  std::move(patient.begin(), patient.end(), std::back_inserter(answered));
  for (std::size_t i = first_write; refusal && i < answered.size(); ++i) {
    if (Result<void>& result = answered[i].second) result = *refusal;
  }
  resume_all(std::move(answered));
  if (disk_state_ != JournalState::working) return;
  if (const auto trouble = upkeep_.tidy()) stop_working(*trouble);
}

std::optional<Error> Writer::write(Group& group, bool sync) {
  if (disk_state_ == JournalState::working) {
    const auto trouble = log_->write(group, sync);
    if (!trouble) return std::nullopt;
    stop_working(*trouble);
    if (trouble->kind != Trouble::Kind::full) return failed_just_now();
  }
  return refusal_of(disk_state_);
}

void Writer::look_for_room() {
  std::uint64_t bytes;
  std::uint64_t dead_letters;
  {
    const std::lock_guard lock(books_mutex_);
    at_bound_ = ledger_.is_full();
    if (at_bound_ == logged_full_ || (logged_full_ && !ledger_.has_ample_room())) return;
    bytes = ledger_.live_bytes();
    dead_letters = ledger_.dead_letter_count();
  }
  logged_full_ = !logged_full_;
  log(LogLevel::warn,
      logged_full_ ? "the journal is full (--max-journal); changes are refused until there is room"
                   : "the journal has room again",
      {{"bytes", bytes}, {"max_bytes", ledger_.max_bytes()}, {"dead_letters", dead_letters}});
}

void Writer::stop_working(const Trouble& trouble) {
  const bool full = trouble.kind == Trouble::Kind::full;
  try_again_at_.reset();
  if (full) try_again_at_ = SteadyClock::now() + full_disk_pause;
  {
    const std::lock_guard lock(books_mutex_);
    disk_state_ = full ? JournalState::full : JournalState::failed;
  }
  if (full) {
    log(LogLevel::warn, "the journal's disk is full; changes are refused until there is space", {{"why", trouble.why}});
  } else {
    log(LogLevel::error, "the journal failed; nothing is acknowledged until cartd is restarted",
        {{"why", trouble.why}});
  }
}

void Writer::try_again() {
  try_again_at_ = SteadyClock::now() + full_disk_pause;
  if (const auto trouble = upkeep_.recover_space()) {
    if (trouble->kind != Trouble::Kind::full) stop_working(*trouble);
    return;
  }
  try_again_at_.reset();
  {
    const std::lock_guard lock(books_mutex_);
    disk_state_ = JournalState::working;
  }
  log(LogLevel::warn, "the journal's disk has space again");
}

std::vector<ProducerId> Writer::dead_producers(Time since) const {
  const std::lock_guard lock(books_mutex_);
  return ledger_.dead_producers(since);
}

JournalState Writer::state() const {
  const JournalState disk = disk_state_;
  if (disk == JournalState::failed) return disk;
  if (in_flight_.is_stalled()) return JournalState::stalled;
  return at_bound_ ? JournalState::full : disk;
}

JournalFigures Writer::figures() const {
  const std::lock_guard lock(books_mutex_);
  return {.state = state(),
          .failure = failure_of(state(), disk_state_ == JournalState::working),
          .live_records = ledger_.live_records(),
          .live_bytes = ledger_.live_bytes(),
          .max_bytes = ledger_.max_bytes(),
          .writing_for = in_flight_.age(),
          .dead_letters = ledger_.dead_letter_count(),
          .appended = appended_,
          .fsyncs = fsyncs_};
}

std::optional<Error> Writer::refusal() const {
  const JournalState disk = disk_state_;
  if (disk == JournalState::failed) return refusal_of(disk);
  if (in_flight_.is_stalled()) return stalled();
  if (disk == JournalState::full) return refusal_of(disk);
  return at_bound_ ? std::optional(full()) : std::nullopt;
}

}  // namespace cartd::journal
