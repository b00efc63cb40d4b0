// Threads that read what is not in memory, so that a slow disk keeps no loop waiting.
#pragma once

#include "runtime/calls.h"
#include "store/embedded/database.h"
#include "store/embedded/work_queue.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace cartd::embedded {

struct Read : WorkQueue<Read>::Queued {
  std::string key;
  std::optional<RangeRequest> range_request{};  ///< Instead of the key.
  std::shared_ptr<Calls> calls{};               ///< Who waits for it …
  Calls::Number number = 0;                     ///< … and as which call.
  // The answer: set by a thread of the pool, and only then read.
  Lookup lookup{};
  Range range{};
};

using ReadPtr = std::shared_ptr<Read>;

/// Thread-safe.
class ReaderPool {
 public:
  /// `database` outlives the pool.
  ReaderPool(const Database& database, std::size_t threads);
  /// Waits for reads that have begun.
  ~ReaderPool();
  ReaderPool(const ReaderPool&) = delete;
  ReaderPool& operator=(const ReaderPool&) = delete;

  /// Answers by Calls::done().
  void submit(ReadPtr read) { queue_.add(std::move(read)); }
  /// Nobody waits for it any more.
  void withdraw(Read& read) { queue_.withdraw(read); }

 private:
  void run();

  const Database& database_;
  WorkQueue<Read> queue_{};
  std::vector<std::thread> threads_;
};

}  // namespace cartd::embedded
