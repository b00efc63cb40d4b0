#include "journal/writer.h"

#include "runtime/log.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cartd::journal {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto lazy_delay = 100ms;
constexpr auto full_disk_pause = 1s;

// A group ends with the operation with which it has as much; the others wait for the next one.
constexpr std::size_t group_bytes = std::size_t{1} << 20;

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

}  // namespace

Writer::Writer(std::unique_ptr<SegmentedLog> log, Ledger ledger, std::chrono::milliseconds deadline)
    : log_(std::move(log)),
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

/// What can be dropped from the queue: then nothing of it was done. The rest has to be done some time.
bool Writer::can_be_withdrawn(const Task& task) {
  const auto* const operation = std::get_if<Operation>(&task);
  return operation == nullptr || std::holds_alternative<Append>(*operation) ||
         std::holds_alternative<Drop>(*operation) || std::holds_alternative<Revive>(*operation);
}

/// What a caller is told who does not wait for the disk any longer.
Error Writer::given_up(const Task& task) {
  if (can_be_withdrawn(task)) return stalled();
  return Error{Errc::outcome_unknown, "the journal's disk does not answer in time"};
}

/// About what it adds to a group.
std::size_t Writer::bytes_of(const Task& task) {
  const auto* const operation = std::get_if<Operation>(&task);
  if (operation == nullptr) return 0;
  if (const auto* const append = std::get_if<Append>(operation)) return append->framed.size();
  if (const auto* const bury = std::get_if<Bury>(operation)) return bury->framed.size();
  if (const auto* const revive = std::get_if<Revive>(operation)) return revive->renewed.framed.size();
  if (const auto* const forget = std::get_if<Forget>(operation)) return forget->command_ids.size() * sizeof(CommandId);
  return sizeof(CommandId);
}

void Writer::submit(Request request) {
  if (in_flight_.is_stalled() && request.waiter) {
    const bool withdrawn = can_be_withdrawn(request.task);
    std::vector<Answered> answered;
    answered.emplace_back(std::exchange(request.waiter, Waiter()), given_up(request.task));
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
  if (disk_state_ == JournalState::working)
    if (const auto trouble = log_->sync()) stop_working(*trouble);
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
  std::size_t bytes = 0;
  const auto rest = std::find_if(queue_.begin(), queue_.end(), [&bytes](const Request& request) {
    const bool enough = bytes >= group_bytes;
    bytes += bytes_of(request.task);
    return enough;
  });
  std::vector<Request> later(std::make_move_iterator(rest), std::make_move_iterator(queue_.end()));
  queue_.erase(rest, queue_.end());
  urgent_ = !later.empty();
  lazy_until_.reset();
  return std::exchange(queue_, std::move(later));
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
      if (request.waiter) answered.emplace_back(std::exchange(request.waiter, Waiter()), given_up(request.task));
    }
    // Whatever can be withdrawn was asked for by somebody, who has been answered now.
    std::erase_if(queue_, [](const Request& request) { return can_be_withdrawn(request.task); });
  }
  resume_all(std::move(answered));
}

void Writer::write_group(std::vector<Request> requests) {
  Group group = log_->next_group();
  bool sync = false;
  std::uint64_t appended = 0;
  std::vector<ReadingPtr> readings;
  std::vector<Answered> answered;
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
      if (request.waiter) (revives ? patient : answered).emplace_back(std::move(request.waiter), std::move(result));
    }
  }
  in_flight_.add(std::move(answered));
  const auto refusal = group.empty() ? std::nullopt : write(group, sync);
  {
    const std::lock_guard lock(books_mutex_);
    if (refusal) {
      ledger_.undo_group(group);
    } else {
      ledger_.keep_group();
      appended_ += appended;
      if (sync) ++fsyncs_;
    }
  }
  for (const ReadingPtr& reading : readings) read_letters(*reading);
  look_for_room();
  answered = in_flight_.take();
  std::move(patient.begin(), patient.end(), std::back_inserter(answered));
  if (refusal) {
    for (auto& [waiter, result] : answered) {
      if (result) result = *refusal;
    }
  }
  resume_all(std::move(answered));
  if (disk_state_ != JournalState::working) return;
  if (const auto trouble = tidy()) stop_working(*trouble);
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

void Writer::read_letters(Reading& reading) {
  std::vector<StoredLetter> stored;
  if (reading.only) {
    if (auto letter = ledger_.dead_letter(*reading.only)) stored.push_back(std::move(*letter));
  } else {
    stored = ledger_.dead_letters(reading.after, reading.limit);
  }
  for (const StoredLetter& one : stored) {
    auto letter = read_letter(one);
    if (!letter) {
      reading.failure = std::move(letter.error());
      return;
    }
    reading.letters.push_back(std::move(*letter));
  }
}

Result<DeadLetter> Writer::read_letter(const StoredLetter& stored) {
  const auto failed = [](const std::string& why) {
    log(LogLevel::error, "a dead letter cannot be read", {{"why", why}});
    return Error{Errc::journal_failed, "a dead letter cannot be read from the journal"};
  };
  std::string framed = stored.framed;
  if (framed.empty()) {
    auto read = log_->read(stored.position);
    if (!read) return failed(read.error().why);
    framed = std::move(*read);
  }
  const auto frame = read_frame(framed, stored.position.offset);
  if (!frame) return failed(frame.error());
  auto letter = read_dead_letter(*frame);
  if (!letter) return failed(letter.error());
  return std::move(*letter);
}

std::optional<Trouble> Writer::tidy() {
  if (auto trouble = log_->trim(ledger_.oldest_segment(log_->newest()))) return trouble;
  // In all segments but the newest there may be half as much waste as there is in use, and two segments of it at least.
  const std::uint64_t in_use = ledger_.live_bytes();
  if (log_->sealed_bytes() > in_use + in_use / 2 + 2 * std::uint64_t{segment_bytes})
    if (auto trouble = copy_oldest_segment()) return trouble;
  return log_->is_roll_due() ? begin_segment() : std::nullopt;
}

std::optional<Trouble> Writer::begin_segment() {
  const std::uint64_t before = log_->newest();
  if (auto trouble = log_->roll()) return trouble;
  Group group = log_->next_group();
  bool sync;
  {
    const std::lock_guard lock(books_mutex_);
    ledger_.seal_segment(before);
    // What a full disk kept from being written was asked for long ago.
    sync = ledger_.has_backlog();
    ledger_.begin_segment(group);
  }
  if (group.empty()) return std::nullopt;
  auto trouble = log_->write(group, sync);
  const std::lock_guard lock(books_mutex_);
  if (trouble) ledger_.undo_group(group);
  return trouble;
}

std::optional<Trouble> Writer::copy_oldest_segment() {
  const std::uint64_t number = log_->oldest();
  const auto segment = log_->read_sealed(number);
  if (!segment) return segment.error();
  const auto header = read_segment_header(*segment);
  if (!header) return Trouble{Trouble::Kind::broken, segment_name(number) + ": " + header.error()};
  Group group = log_->next_group();
  std::vector<Copied> copies;
  const Scanned scanned = scan(*segment, *header, [&](const Frame& frame) {
    if (auto copied = ledger_.copy(number, frame, group)) copies.push_back(*copied);
    return true;
  });
  if (scanned.end != segment->size())
    return Trouble{Trouble::Kind::broken, segment_name(number) + " was changed on disk: a record is damaged"};
  if (group.empty()) return std::nullopt;
  if (auto trouble = log_->write(group, false)) return trouble;
  const std::lock_guard lock(books_mutex_);
  for (const Copied& copied : copies) ledger_.moved(copied);
  return std::nullopt;
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
  // Perhaps the journal itself holds space that it needs no more.
  auto trouble = log_->trim(ledger_.oldest_segment(log_->newest()));
  if (!trouble) trouble = begin_segment();
  if (trouble) {
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
