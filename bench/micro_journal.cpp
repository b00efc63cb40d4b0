// The journal on this machine's disk (in TMPDIR): synced appends, alone and 64 at a time, and beside it RocksDB's own
// group commit, which threads that put and sync share.
#include "journal/journal.h"

#include <benchmark/benchmark.h>
#include <rocksdb/db.h>
#include <stdlib.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

namespace {

using namespace cartd;

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "cartd-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// One round of callers, each of which appends once and is done; their records are forgotten as they go.
boost::asio::awaitable<void> append_once(Journal& journal, std::uint64_t sequence, bool& failed) {
  Batch batch{{Add{Sku::parse("SKU-10001").value(), 1}}};
  JournalRecord record{{1, sequence}, CartId::parse("user-100000").value(), Change{std::move(batch)}, false};
  const auto appended = co_await journal.append(std::move(record));
  if (!appended) failed = true;
  std::vector<CommandId> settled{{1, sequence}};
  journal.forget(std::move(settled));
}

/// A caller that appends again as soon as it may, until the round's appends are used up.
boost::asio::awaitable<void> append_on(Journal& journal, std::uint64_t& sequence, std::uint64_t last, bool& failed) {
  while (sequence < last) co_await append_once(journal, ++sequence, failed);
}

// Callers that each append as soon as their last append is durable, all on one reactor.
void JournalAppend(benchmark::State& state) {
  const Folder folder;
  boost::asio::io_context io(1);
  auto opened = Journal::open({folder.path() / "journal", std::uint64_t{1} << 40});
  if (!opened) {
    state.SkipWithError(opened.error().c_str());
    return;
  }
  Journal& journal = **opened;
  const auto callers = static_cast<std::uint64_t>(state.range(0));
  const std::uint64_t round = callers * 100;
  std::uint64_t sequence = 0;
  bool failed = false;
  for (auto _ : state) {
    const std::uint64_t last = sequence + round;
    for (std::uint64_t caller = 0; caller < callers; ++caller)
      boost::asio::co_spawn(io, append_on(journal, sequence, last, failed), boost::asio::detached);
    io.run();
    io.restart();
    if (failed) {
      state.SkipWithError("an append failed");
      break;
    }
  }
  const JournalFigures figures = journal.figures();
  state.SetItemsProcessed(static_cast<std::int64_t>(figures.appended));
  state.counters["fsyncs_per_append"] = static_cast<double>(figures.fsyncs) / static_cast<double>(figures.appended);
}
BENCHMARK(JournalAppend)->ArgName("callers")->Arg(1)->Arg(64)->UseRealTime()->MinTime(1);

std::unique_ptr<Folder> shared_folder;
std::unique_ptr<rocksdb::DB> shared_database;

void OpenDatabase(const benchmark::State&) {
  shared_folder = std::make_unique<Folder>();
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::Open(options, shared_folder->path().string(), &opened).ok()) std::abort();
  shared_database.reset(opened);
}
void CloseDatabase(const benchmark::State&) {
  shared_database.reset();
  shared_folder.reset();
}

// The peer: as many threads as there were callers, each with a synced put of as many bytes, and nothing deleted.
void RocksDbSyncedPut(benchmark::State& state) {
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const std::string value(60, 'x');
  std::string key(17, '\0');
  key[0] = static_cast<char>(state.thread_index());
  std::uint64_t sequence = 0;
  for (auto _ : state) {
    ++sequence;
    for (std::size_t i = 0; i < 8; ++i) key[9 + i] = static_cast<char>(sequence >> (56 - 8 * i));
    if (!shared_database->Put(synced, key, value).ok()) {
      state.SkipWithError("a put failed");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(RocksDbSyncedPut)
    ->Setup(OpenDatabase)
    ->Teardown(CloseDatabase)
    ->Threads(1)
    ->Threads(64)
    ->UseRealTime()
    ->MinTime(1);

}  // namespace
