// The journal's thread: takes all that was asked for meanwhile, writes it as one group, and wakes those who wait. A
// second thread watches it, and answers those who wait when the disk does not.
#pragma once

#include "domain/error.h"
#include "journal/database.h"
#include "journal/group_in_flight.h"
#include "journal/journal.h"
#include "journal/ledger.h"
#include "journal/waiter.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace cartd::journal {

/// Where a journal's files are.
struct Place {
  rocksdb::Env& env;
  std::filesystem::path folder;
  std::unique_ptr<FolderLock> lock;
};

/// How soon an operation has to be written.
enum class Pace {
  durable,  ///< At once, and synced.
  prompt,   ///< At once.
  lazy,     ///< With whatever comes next, in a fraction of a second.
};

/// Thread-safe.
class Writer {
 public:
  /// `deadline` as in Journal::Options.
  Writer(Place place, std::unique_ptr<Database> database, Ledger ledger, std::chrono::milliseconds deadline);
  /// Writes what was asked for, syncs, and ends the threads.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Resumes when the operation was written, at its pace, or was refused, or was given up on as the disk does not
  /// answer: see Journal.
  boost::asio::awaitable<Result<void>> perform(Operation operation, Pace pace) {
    auto submit_for = [this, pace, wanted = std::move(operation)](auto handler) mutable {
      submit(Request{std::move(wanted), pace, Waiter(std::move(handler))});
    };
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Result<void>)>(
        std::move(submit_for), boost::asio::use_awaitable);
  }
  /// The same for nobody.
  void leave(Operation operation, Pace pace) { submit(Request{std::move(operation), pace, Waiter()}); }

  std::vector<std::shared_ptr<const DeadLetter>> dead_letters(std::optional<CommandId> after, std::size_t limit) const;
  std::shared_ptr<const DeadLetter> dead_letter(CommandId command_id) const;
  JournalFigures figures() const;
  std::optional<Error> refusal() const;

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  struct Request {
    Operation operation;
    Pace pace;
    Waiter waiter;
  };

  void submit(Request request);
  void run();
  /// Waits for something to do, which may be nothing but to look at a full disk. False at the end.
  bool wait_for_work();
  std::vector<Request> take_queue();
  void write_group(std::vector<Request> group);
  void watch();
  /// Answers all who wait while the disk does not answer.
  void give_up_waiting();
  /// Writes to the disk, if that can be done now.
  std::optional<Error> write(const Edits& edits, bool sync);
  void stop_working(const Trouble& trouble);
  /// After each group: whether there is room for the next one. Logged once when there is none, and once when there is
  /// again.
  void look_for_room();
  JournalState state() const;
  /// Opens the database again after a full disk, and brings it in line with the ledger.
  void try_again();
  std::optional<Trouble> reopen();

  Place place_;

  // The thread's own.
  std::unique_ptr<Database> database_;
  std::optional<SteadyTime> try_again_at_{};
  bool logged_full_ = false;

  GroupInFlight in_flight_;

  mutable std::mutex queue_mutex_;
  std::condition_variable wake_;
  std::vector<Request> queue_{};
  bool urgent_ = false;
  std::optional<SteadyTime> lazy_until_{};
  bool stopping_ = false;

  mutable std::mutex books_mutex_;
  Ledger ledger_;
  std::atomic<JournalState> disk_state_ =
      JournalState::working;  // Written with the mutex held, read without; so is the next one.
  std::atomic<bool> at_bound_ = false;
  std::uint64_t appended_ = 0;
  std::uint64_t fsyncs_ = 0;

  std::thread thread_;

  const std::chrono::milliseconds look_interval_;
  std::mutex watch_mutex_;
  std::condition_variable watch_wake_;
  bool watch_stopping_ = false;
  std::thread watch_thread_;
};

}  // namespace cartd::journal
