// The outbox on disk: commands that were accepted and that no store is known to hold safely yet. What is in here when a
// process dies is found by the next one.
//
// All that was asked for while the disk was busy is written as one group with one fsync, so that many callers cost
// little more than one. A group is kept whole or not at all.
//
// Threads: everything is thread-safe; the journal has one thread of its own that writes. A coroutine resumes on its own
// executor. Ownership: one journal a process, one process a folder; the executors of all who await something outlive
// the journal, and nothing is asked of it once its destruction has begun. Failure: a full disk, or a folder that has
// reached its quota, is recovered from; until then the journal refuses. After any other failed write and after a failed
// fsync it refuses for good, as the system may have dropped what it could not write (a retried fsync then lies): only
// the next process can say what is there. A disk that does not answer stalls the journal: it refuses, and nobody waits,
// until the disk does.
//
// What an operation that waits may answer, beside its own errors:
//   journal_full     there is no room; nothing was kept
//   journal_failed   refused, as an earlier write has failed; nothing was written
//   journal_stalled  refused, or withdrawn before it was begun, as the disk does not answer; nothing was written
//   outcome_unknown  its write failed, or the disk has not answered by the deadline: the next process may find it, or
//                    not. After a stall it may still be written: release() what is not wanted any more.
// None of them takes much longer than twice the deadline, but for revive().
#pragma once

#include "domain/command.h"
#include "domain/command_id.h"
#include "domain/error.h"
#include "domain/ids.h"
#include "domain/time.h"

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartd {

/// A command as it was given its id. Command ids are unique for ever.
struct JournalRecord {
  CommandId command_id;
  CartId cart;
  Change change;
  bool accepted;  ///< Acknowledged to its client, and so not checked again.
};

/// A command that is not replayed. It stays until an operator decides.
struct DeadLetter {
  JournalRecord record;
  std::string reason;  ///< For people; at most Journal::max_reason_bytes, the rest is cut off.
  Time at;             ///< When it became a dead letter.
};

enum class JournalState {
  working,
  full,     ///< max_bytes are reached, or the disk has no space (it is tried again, at most once a second).
  stalled,  ///< The disk does not answer. Over when it does.
  failed,   ///< Refuses until the process is started again.
};

/// "working", "full", "stalled", "failed".
const char* to_string(JournalState state);

struct JournalFigures {
  JournalState state;
  std::string failure;         ///< Why it does not work; empty while it does. No paths.
  std::uint64_t live_records;  ///< Appended and not released, without dead letters.
  std::uint64_t live_bytes;    ///< Of records and dead letters, as they are on disk: what max_bytes bounds.
  std::uint64_t max_bytes;     ///< As in Journal::Options.
  std::chrono::milliseconds
      writing_for;  ///< How long the disk has been busy with the group that is written now; 0: none is.
  std::uint64_t dead_letters;
  std::uint64_t appended;  ///< Records made durable since the journal was opened.
  std::uint64_t fsyncs;    ///< Groups that were synced since then.
};

class Journal {
 public:
  struct Options {
    std::filesystem::path folder;  ///< Made when it is missing, for this user alone; its parent must exist.
    std::uint64_t max_bytes;       ///< Bound of JournalFigures::live_bytes. The folder takes about 20 MB more.
    /// How long the disk may take for one group, while the process runs: longer, and the journal is stalled.
    std::chrono::milliseconds deadline{2000};
    /// When it is opened.
    Time now = std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
  };

  static constexpr std::size_t max_reason_bytes = 1000;

  /// The bytes of memory that a record takes until it is released.
  static constexpr std::size_t index_bytes = 14;

  /// Blocks while it reads all there is. On failure one sentence for the operator: the folder is not one, is not
  /// writable or is used by another process; a file in it is damaged; a record is of a newer version.
  ///
  /// What a process that died was writing last, and so had acknowledged to nobody, is cut off silently; anything else
  /// that is damaged stops the start, because a record that cannot be read may be one that was acknowledged.
  static boost::system::result<std::unique_ptr<Journal>, std::string> open(Options options);

  /// Writes what was asked for, syncs, and ends the threads: waits for the disk, however long that takes.
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// What earlier processes left, by producer and sequence: once, empty afterwards. It stays in the journal until
  /// released.
  std::vector<JournalRecord> take_recovered();

  /// Resumes once the record is durable.
  boost::asio::awaitable<Result<void>> append(JournalRecord record);

  /// Marks a record as accepted; durable when it resumes. Errc::not_found: there is no such record. On
  /// another error it may be durable, or become so.
  boost::asio::awaitable<Result<void>> accept(CommandId command_id);

  /// The records leave with a later group, in a fraction of a second; a crash before that brings them back.
  void release(std::vector<CommandId> command_ids);
  /// Durable when it resumes: not even a power cut brings it back. On an error it may come back: Errc::journal_full
  /// until there is space again, Errc::outcome_unknown until the disk answers, or in the next process,
  /// Errc::journal_failed in the next process.
  boost::asio::awaitable<Result<void>> release_now(CommandId command_id);

  /// Takes the record out of the live ones, if it is one, and keeps it as a dead letter. Written at once, not synced: a
  /// power cut may leave the live record. Never refused for lack of room.
  void keep_dead_letter(JournalRecord record, std::string reason, Time at);
  /// The first `limit` of them behind `after`, or of all, by producer and sequence. They are read from the disk by the
  /// thread that writes, so `limit` times a dead letter's size is what writing may have to wait for.
  /// Errc::journal_stalled: the disk does not answer. Errc::journal_failed: one of them cannot be read.
  boost::asio::awaitable<Result<std::vector<DeadLetter>>> dead_letters(std::optional<CommandId> after,
                                                                       std::size_t limit);
  /// The same for one. Errc::not_found: there is no such dead letter.
  boost::asio::awaitable<Result<DeadLetter>> dead_letter(CommandId command_id);
  /// Durable when it resumes. Errc::not_found: there is no such dead letter.
  boost::asio::awaitable<Result<void>> drop(CommandId command_id);
  /// Puts `renewed`, with its new command id, in the dead letter's place, in one step: fails as append() and drop() do.
  /// Once it has begun it waits as long as the disk takes, so that its caller learns what became of it:
  /// Errc::outcome_unknown then means that the journal has failed.
  boost::asio::awaitable<Result<void>> revive(CommandId dead, JournalRecord renewed);

  /// The producers of earlier processes of which nothing is left that could reach a store: none of their records is in
  /// the journal, or could come back there after a power cut, and `producer_fence` has passed since the next process
  /// opened it. In order. Producers are known from the records that they appended; those of more than a day ago, and of
  /// more than some thousand, are forgotten.
  std::vector<ProducerId> dead_producers(Time now) const;
  /// Longer than a network and the systems at its ends try to deliver what a dead process sent (RFC 9293, 3.8.3: at
  /// least 100 s; Linux: about 15 min).
  static constexpr std::chrono::minutes producer_fence{30};
  static constexpr std::chrono::hours remembers_producers{25};

  JournalFigures figures() const;

  /// As in Options.
  std::chrono::milliseconds deadline() const;

  /// What append() would answer now, without asking it: for callers that have to know before they do something else.
  /// An error in every state but JournalState::working. That is full while less than a sixteenth of max_bytes, or less
  /// than an average record, is left, so that what was not refused finds room. Costs nothing.
  std::optional<Error> refusal() const;

  class Impl;
  /// For open().
  explicit Journal(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace cartd
