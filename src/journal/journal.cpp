#include "journal/journal.h"

#include "journal/entry.h"
#include "journal/journal_on.h"
#include "journal/recovery.h"
#include "journal/writer.h"
#include "runtime/folder_access.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

namespace cartd {

using journal::Pace;
using journal::Trouble;

class Journal::Impl {
 public:
  Impl(std::unique_ptr<journal::SegmentedLog> log, journal::Ledger ledger, std::vector<JournalRecord> left,
       std::chrono::milliseconds its_deadline)
      : recovered(std::move(left)), deadline(its_deadline), writer(std::move(log), std::move(ledger), its_deadline) {}

  std::vector<JournalRecord> recovered;
  const std::chrono::milliseconds deadline;
  journal::Writer writer;
};

namespace {

/// Makes the folder, so that it is still there after a power cut. False, with errno, when it cannot.
bool make(const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), S_IRWXU) != 0) return false;
  const std::filesystem::path parent = std::filesystem::absolute(folder).parent_path();
  const int opened = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return false;
  const bool synced = ::fsync(opened) == 0;
  const int error = errno;
  ::close(opened);
  errno = error;
  return synced;
}

/// Why the folder cannot be used, after it was made if it was missing.
std::optional<std::string> fault_of(const std::filesystem::path& folder) {
  if (make(folder)) return std::nullopt;
  if (errno != EEXIST)
    return "the journal's folder " + quoted(folder) + " cannot be made: " + std::generic_category().message(errno);
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored))
    return "the journal's folder " + quoted(folder) + " is not a directory";
  if (::faccessat(AT_FDCWD, folder.c_str(), R_OK | W_OK | X_OK, AT_EACCESS) != 0)
    return "the journal's folder " + quoted(folder) + " is not writable: " + std::generic_category().message(errno);
  return std::nullopt;
}

std::string sentence(const std::filesystem::path& folder, const Trouble& trouble) {
  const char* const verdict = trouble.kind == Trouble::Kind::damaged ? " is damaged: " : " cannot be opened: ";
  return "the journal in " + quoted(folder) + verdict + trouble.why;
}

journal::Append append_of(const JournalRecord& record) {
  return {record.command_id, journal::encode(record), record.accepted};
}

/// Makes the log ready to be written to.
std::optional<Trouble> begin(journal::SegmentedLog& log, journal::Ledger& ledger) {
  if (auto trouble = log.roll()) return trouble;
  journal::Group group = log.next_group();
  ledger.begin_segment(group);
  if (!group.empty())
    if (auto trouble = log.write(group, true)) return trouble;
  return log.trim(ledger.oldest_segment(log.newest()));
}

/// At most `bytes` of `text`, whole characters of UTF-8.
void cut(std::string& text, std::size_t bytes) {
  if (text.size() <= bytes) return;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  text.resize(bytes);
}

boost::asio::awaitable<Result<std::vector<DeadLetter>>> read(journal::Writer& writer, journal::ReadingPtr reading) {
  if (writer.figures().dead_letters == 0) co_return std::vector<DeadLetter>();
  const Result<void> done = co_await writer.read(reading);
  // Only when it is done nobody writes to it any more.
  if (!done) co_return Error{Errc::journal_stalled, "the journal's disk does not answer; nothing was read"};
  if (reading->failure) co_return *reading->failure;
  co_return std::move(reading->letters);
}

}  // namespace

const char* to_string(JournalState state) {
  switch (state) {
    case JournalState::working: return "working";
    case JournalState::full: return "full";
    case JournalState::stalled: return "stalled";
    case JournalState::failed: return "failed";
  }
  return "failed";
}

boost::system::result<std::unique_ptr<Journal>, std::string> Journal::open(Options options) {
  return journal::open_on(journal::Disk::system(), std::move(options));
}

boost::system::result<std::unique_ptr<Journal>, std::string> journal::open_on(Disk& disk, Journal::Options options) {
  const std::filesystem::path& folder = options.folder;
  if (auto fault = fault_of(folder)) return std::move(*fault);
  auto lock = FolderLock::take(disk, folder);
  if (!lock) return sentence(folder, lock.error());
  if (!*lock) return "the journal in " + quoted(folder) + " is used by another process";
  auto recovered = recover(disk, folder, std::move(*lock), options.max_bytes);
  if (!recovered) return sentence(folder, recovered.error());

  recovered->ledger.begin_process(options.now, options.now - Journal::remembers_producers);
  if (auto trouble = begin(*recovered->log, recovered->ledger)) return sentence(folder, *trouble);
  auto impl = std::make_unique<Journal::Impl>(std::move(recovered->log), std::move(recovered->ledger),
                                              std::move(recovered->left), options.deadline);
  return std::make_unique<Journal>(std::move(impl));
}

Journal::Journal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Journal::~Journal() = default;

std::vector<JournalRecord> Journal::take_recovered() { return std::exchange(impl_->recovered, {}); }

boost::asio::awaitable<Result<void>> Journal::append(JournalRecord record) {
  return impl_->writer.perform(append_of(record), Pace::durable);
}

boost::asio::awaitable<Result<void>> Journal::accept(CommandId command_id) {
  return impl_->writer.perform(journal::Accept{command_id}, Pace::durable);
}

void Journal::release(std::vector<CommandId> command_ids) {
  impl_->writer.leave(journal::Release{std::move(command_ids)}, Pace::lazy);
}

boost::asio::awaitable<Result<void>> Journal::release_now(CommandId command_id) {
  return impl_->writer.perform(journal::Release{{command_id}}, Pace::durable);
}

void Journal::keep_dead_letter(JournalRecord record, std::string reason, Time at) {
  cut(reason, max_reason_bytes);
  const DeadLetter letter{std::move(record), std::move(reason), at};
  impl_->writer.leave(journal::KeepDeadLetter{letter.record.command_id, journal::encode(letter)}, Pace::prompt);
}

boost::asio::awaitable<Result<std::vector<DeadLetter>>> Journal::dead_letters(std::optional<CommandId> after,
                                                                              std::size_t limit) {
  auto reading = std::make_shared<journal::Reading>();
  reading->after = after;
  reading->limit = limit;
  return read(impl_->writer, std::move(reading));
}

boost::asio::awaitable<Result<DeadLetter>> Journal::dead_letter(CommandId command_id) {
  auto reading = std::make_shared<journal::Reading>();
  reading->only = command_id;
  Result<std::vector<DeadLetter>> read_letters = co_await read(impl_->writer, std::move(reading));
  if (!read_letters) co_return read_letters.error();
  if (read_letters->empty()) co_return Error{Errc::not_found, "the journal has no such dead letter"};
  co_return std::move(read_letters->front());
}

boost::asio::awaitable<Result<void>> Journal::drop(CommandId command_id) {
  return impl_->writer.perform(journal::Drop{command_id}, Pace::durable);
}

boost::asio::awaitable<Result<void>> Journal::revive(CommandId dead, JournalRecord renewed) {
  return impl_->writer.perform(journal::Revive{dead, append_of(renewed)}, Pace::durable);
}

std::chrono::milliseconds Journal::deadline() const { return impl_->deadline; }

std::vector<ProducerId> Journal::dead_producers(Time now) const {
  return impl_->writer.dead_producers(now - producer_fence);
}

JournalFigures Journal::figures() const { return impl_->writer.figures(); }

std::optional<Error> Journal::refusal() const { return impl_->writer.refusal(); }

}  // namespace cartd
