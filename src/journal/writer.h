// The journal's thread: takes all that was asked for meanwhile, writes it as one group, and wakes those who wait. A
// second thread watches it, and answers those who wait when the disk does not.
#pragma once

#include "domain/error.h"
#include "journal/answers.h"
#include "journal/group_in_flight.h"
#include "journal/journal.h"
#include "journal/ledger.h"
#include "journal/request_queue.h"
#include "journal/segment_upkeep.h"
#include "journal/segmented_log.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace cartd::journal {

/// Thread-safe.
class Writer {
 public:
  /// `log` has a segment to write to. `deadline` as in Journal::Options.
  Writer(std::unique_ptr<SegmentedLog> log, Ledger ledger, std::chrono::milliseconds deadline);
  /// Writes what was asked for, syncs, and ends the threads.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Resumes when the operation was written, at its pace, or was refused, or was given up on as the disk does not
  /// answer: see Journal.
  boost::asio::awaitable<Result<void>> perform(Operation operation, Pace pace) {
    return wait_for(Task(std::move(operation)), pace);
  }
  /// Resumes when the letters were read, or were given up on: then they may still be read to.
  boost::asio::awaitable<Result<void>> read(ReadingPtr reading) {
    return wait_for(Task(std::move(reading)), Pace::prompt);
  }
  /// Nobody waits.
  void leave(Operation operation, Pace pace) { submit(Request{Task(std::move(operation)), pace, Waiter()}); }

  JournalFigures figures() const;
  std::optional<Error> refusal() const;
  std::vector<ProducerId> dead_producers(Time since) const;

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  boost::asio::awaitable<Result<void>> wait_for(Task task, Pace pace) {
    auto submit_for = [this, pace, wanted = std::move(task)](auto handler) mutable {
      submit(Request{std::move(wanted), pace, Waiter(std::move(handler))});
    };
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Result<void>)>(
        std::move(submit_for), boost::asio::use_awaitable);
  }

  void submit(Request request);
  void run();
  void write_group(std::vector<Request> requests);
  void watch();
  /// Answers all who wait while the disk does not answer.
  void give_up_waiting();
  /// Writes to the disk, if that can be done now.
  std::optional<Error> write(Group& group, bool sync);
  void stop_working(const Trouble& trouble);
  /// After each group: whether there is room for the next one. Logged once when there is none, and once when there is
  /// again.
  void look_for_room();
  JournalState state() const;

  /// Goes on after a full disk.
  void try_again();

  // The thread's own.
  std::unique_ptr<SegmentedLog> log_;
  std::optional<SteadyTime> try_again_at_{};
  bool logged_full_ = false;

  GroupInFlight in_flight_;
  RequestQueue queue_{};

  mutable std::mutex books_mutex_;
  Ledger ledger_;  // Changed by the thread alone, with the mutex held.
  SegmentUpkeep upkeep_;
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
