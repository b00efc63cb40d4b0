#include "journal/journal.h"

#include "journal/database.h"
#include "journal/entry.h"
#include "journal/journal_on.h"
#include "journal/writer.h"

#include <rocksdb/env.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

namespace cartd {

using journal::Database;
using journal::Pace;
using journal::Trouble;

class Journal::Impl {
 public:
  Impl(journal::Place place, std::unique_ptr<Database> database, journal::Ledger ledger,
       std::vector<JournalRecord> left, std::chrono::milliseconds its_deadline)
      : recovered(std::move(left)),
        deadline(its_deadline),
        writer(std::move(place), std::move(database), std::move(ledger), its_deadline) {}

  std::vector<JournalRecord> recovered;
  const std::chrono::milliseconds deadline;
  journal::Writer writer;
};

namespace {

std::string quoted(const std::filesystem::path& folder) { return "\"" + folder.string() + "\""; }

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

boost::system::result<journal::Contents, std::string> read(const Database& database,
                                                           const std::filesystem::path& folder) {
  journal::ContentsReader reader;
  std::optional<std::string> fault;
  const auto add = [&](std::string_view key, std::string_view value) {
    if (auto added = reader.add(key, value); !added) fault = added.error();
    return !fault;
  };
  if (const auto trouble = database.scan(add)) return sentence(folder, *trouble);
  if (!fault) {
    auto contents = reader.take();
    if (contents) return std::move(*contents);
    fault = contents.error();
  }
  return "the journal in " + quoted(folder) + " cannot be read: " + *fault;
}

journal::Append append_of(const JournalRecord& record) {
  return {record.command_id, journal::entry_of(record), record.accepted};
}

/// At most `bytes` of `text`, whole characters of UTF-8.
void cut(std::string& text, std::size_t bytes) {
  if (text.size() <= bytes) return;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  text.resize(bytes);
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
  return journal::open_on(*rocksdb::Env::Default(), std::move(options));
}

boost::system::result<std::unique_ptr<Journal>, std::string> journal::open_on(rocksdb::Env& env,
                                                                              Journal::Options options) {
  const std::filesystem::path& folder = options.folder;
  if (auto fault = fault_of(folder)) return std::move(*fault);
  auto lock = FolderLock::take(env, folder);
  if (!lock) return "the journal in " + quoted(folder) + " is used by another process";
  auto database = Database::open(env, folder);
  if (!database) return sentence(folder, database.error());
  auto contents = read(**database, folder);
  if (!contents) return contents.error();

  Ledger ledger(options.max_bytes);
  ledger.recover(*contents);
  std::vector<JournalRecord> left;
  for (auto& [record, bytes] : contents->records) left.push_back(std::move(record));
  auto impl = std::make_unique<Journal::Impl>(Place{env, folder, std::move(lock)}, std::move(*database),
                                              std::move(ledger), std::move(left), options.deadline);
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

void Journal::accept_soon(CommandId command_id) { impl_->writer.leave(journal::Accept{command_id}, Pace::prompt); }

void Journal::forget(std::vector<CommandId> command_ids) {
  impl_->writer.leave(journal::Forget{std::move(command_ids)}, Pace::lazy);
}

boost::asio::awaitable<Result<void>> Journal::forget_now(CommandId command_id) {
  return impl_->writer.perform(journal::Forget{{command_id}}, Pace::durable);
}

void Journal::bury(JournalRecord record, std::string reason, Time at) {
  cut(reason, max_reason_bytes);
  DeadLetter letter{std::move(record), std::move(reason), at};
  journal::Entry entry = journal::entry_of(letter);
  impl_->writer.leave(journal::Bury{std::move(letter), std::move(entry)}, Pace::prompt);
}

std::vector<std::shared_ptr<const DeadLetter>> Journal::dead_letters(std::optional<CommandId> after,
                                                                     std::size_t limit) const {
  return impl_->writer.dead_letters(after, limit);
}

std::shared_ptr<const DeadLetter> Journal::dead_letter(CommandId command_id) const {
  return impl_->writer.dead_letter(command_id);
}

boost::asio::awaitable<Result<void>> Journal::drop(CommandId command_id) {
  return impl_->writer.perform(journal::Drop{command_id}, Pace::durable);
}

boost::asio::awaitable<Result<void>> Journal::revive(CommandId dead, JournalRecord renewed) {
  return impl_->writer.perform(journal::Revive{dead, append_of(renewed)}, Pace::durable);
}

std::chrono::milliseconds Journal::deadline() const { return impl_->deadline; }

JournalFigures Journal::figures() const { return impl_->writer.figures(); }

std::optional<Error> Journal::refusal() const { return impl_->writer.refusal(); }

}  // namespace cartd
