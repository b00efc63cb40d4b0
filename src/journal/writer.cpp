#include "journal/writer.h"

#include "runtime/log.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace cartd::journal {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto lazy_delay = 100ms;
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

Error stalled() { return Error{Errc::journal_stalled, "the journal's disk does not answer; nothing was done"}; }

// A group is kept whole or not at all, but nobody knows which after a failed write.
Error failed_just_now() {
  return Error{Errc::outcome_unknown,
               "the journal could not be written; the change may be applied after a restart of cartd"};
}

/// Operations that can be dropped from the queue: then nothing of them was done. The others have to be done some time.
bool can_be_withdrawn(const Operation& operation) {
  return std::holds_alternative<Append>(operation) || std::holds_alternative<Drop>(operation) ||
         std::holds_alternative<Revive>(operation);
}

/// What a caller is told who does not wait for the disk any longer.
Error given_up(const Operation& operation) {
  if (can_be_withdrawn(operation)) return stalled();
  return Error{Errc::outcome_unknown, "the journal's disk does not answer in time"};
}

}  // namespace

Writer::Writer(Place place, std::unique_ptr<Database> database, Ledger ledger, std::chrono::milliseconds deadline)
    : place_(std::move(place)),
      database_(std::move(database)),
      in_flight_(looks),
      ledger_(std::move(ledger)),
      look_interval_(std::max(1ms, deadline / looks)) {
  look_for_room();
  thread_ = std::thread([this] { run(); });
  watch_thread_ = std::thread([this] { watch(); });
}

Writer::~Writer() {
  {
    const std::lock_guard lock(queue_mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
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
    const bool withdrawn = can_be_withdrawn(request.operation);
    std::vector<Answered> answered;
    answered.emplace_back(std::exchange(request.waiter, Waiter()), given_up(request.operation));
    resume_all(std::move(answered));
    if (withdrawn) return;
  }
  const bool lazy = request.pace == Pace::lazy;
  bool wakes;
  {
    const std::lock_guard lock(queue_mutex_);
    // The first lazy one wakes the thread only to set its alarm.
    wakes = lazy ? !urgent_ && !lazy_until_ : !urgent_;
    if (!lazy) urgent_ = true;
    if (lazy && !lazy_until_) lazy_until_ = SteadyClock::now() + lazy_delay;
    queue_.push_back(std::move(request));
  }
  if (wakes) wake_.notify_one();
}

void Writer::run() {
  while (wait_for_work()) {
    in_flight_.begin();
    if (try_again_at_ && SteadyClock::now() >= *try_again_at_) try_again();
    write_group(take_queue());
    in_flight_.end();
  }
  in_flight_.begin();
  if (try_again_at_) try_again();
  write({}, true);
  in_flight_.end();
}

bool Writer::wait_for_work() {
  std::unique_lock lock(queue_mutex_);
  while (!urgent_ && !stopping_) {
    auto alarm = try_again_at_;
    if (lazy_until_) alarm = alarm ? std::min(*alarm, *lazy_until_) : *lazy_until_;
    if (!alarm) {
      wake_.wait(lock);
    } else if (wake_.wait_until(lock, *alarm) == std::cv_status::timeout) {
      break;
    }
  }
  return !stopping_ || !queue_.empty();
}

std::vector<Writer::Request> Writer::take_queue() {
  const std::lock_guard lock(queue_mutex_);
  urgent_ = false;
  lazy_until_.reset();
  return std::exchange(queue_, {});
}

void Writer::watch() {
  std::unique_lock lock(watch_mutex_);
  while (!watch_wake_.wait_for(lock, look_interval_, [this] { return watch_stopping_; })) {
    if (in_flight_.look()) give_up_waiting();
  }
}

void Writer::give_up_waiting() {
  std::vector<Answered> answered = in_flight_.give_up();
  {
    const std::lock_guard lock(queue_mutex_);
    for (Request& request : queue_) {
      if (request.waiter) answered.emplace_back(std::exchange(request.waiter, Waiter()), given_up(request.operation));
    }
    // Whatever can be withdrawn was asked for by somebody, who has been answered now.
    std::erase_if(queue_, [](const Request& request) { return can_be_withdrawn(request.operation); });
  }
  resume_all(std::move(answered));
}

void Writer::write_group(std::vector<Request> group) {
  Edits edits;
  bool sync = false;
  std::uint64_t appended = 0;
  std::vector<Answered> answered;
  std::vector<Answered> patient;
  {
    const std::lock_guard lock(books_mutex_);
    for (Request& request : group) {
      const bool revives = std::holds_alternative<Revive>(request.operation);
      const bool appends = revives || std::holds_alternative<Append>(request.operation);
      auto result = ledger_.apply(std::move(request.operation), edits);
      if (result && request.pace == Pace::durable) sync = true;
      if (result && appends) ++appended;
      if (request.waiter) (revives ? patient : answered).emplace_back(std::move(request.waiter), std::move(result));
    }
  }
  in_flight_.add(std::move(answered));
  const auto refusal = edits.empty() ? std::nullopt : write(edits, sync);
  {
    const std::lock_guard lock(books_mutex_);
    if (refusal) {
      ledger_.undo_group();
    } else {
      ledger_.keep_group();
      appended_ += appended;
      if (sync) ++fsyncs_;
    }
  }
  look_for_room();
  answered = in_flight_.take();
  std::move(patient.begin(), patient.end(), std::back_inserter(answered));
  if (refusal) {
    for (auto& [waiter, result] : answered) {
      if (result) result = *refusal;
    }
  }
  resume_all(std::move(answered));
}

std::optional<Error> Writer::write(const Edits& edits, bool sync) {
  if (database_) {
    const auto trouble = database_->write(edits, sync);
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
  // What a failed write left in the database's memory and files is uncertain: it is read anew, now or in the next
  // process.
  database_.reset();
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
  if (!has_space(place_.env, place_.folder)) return;
  if (const auto trouble = reopen()) {
    database_.reset();
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

std::optional<Trouble> Writer::reopen() {
  auto opened = Database::open(place_.env, place_.folder);
  if (!opened) return opened.error();
  database_ = std::move(*opened);

  std::set<std::string> keys;
  const auto note = [&keys](std::string_view key, std::string_view) {
    keys.emplace(key);
    return true;
  };
  if (auto trouble = database_->scan(note)) return trouble;
  std::optional<Edits> repairs;
  {
    const std::lock_guard lock(books_mutex_);
    repairs = ledger_.repair(keys);
  }
  if (!repairs) return Trouble{Trouble::Kind::damaged, "records that were durable are missing"};
  return database_->write(*repairs, true);
}

std::vector<std::shared_ptr<const DeadLetter>> Writer::dead_letters(std::optional<CommandId> after,
                                                                    std::size_t limit) const {
  const std::lock_guard lock(books_mutex_);
  return ledger_.dead_letters(after, limit);
}

std::shared_ptr<const DeadLetter> Writer::dead_letter(CommandId command_id) const {
  const std::lock_guard lock(books_mutex_);
  return ledger_.dead_letter(command_id);
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
