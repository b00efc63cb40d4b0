// The journal on this machine's disk (in TMPDIR): synced appends of small and large changes, from 1, 8 and 64 callers,
// and beside it RocksDB's own group commit, which threads that put and sync share; and a start with a million changes
// that wait.
#include "journal/journal.h"

#include <benchmark/benchmark.h>
#include <rocksdb/db.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
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

/// Microseconds of CPU time that the process has taken, all its threads together.
double cpu_microseconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto microseconds = [](const timeval& time) {
    return 1e6 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec);
  };
  return microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
}

double resident_bytes() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  return static_cast<double>(pages) * 4096;
}

double bytes_of(const std::filesystem::path& folder) {
  double sum = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) sum += static_cast<double>(file.file_size());
  return sum;
}

// Bytes of a change: a line with a name and a price, and a batch of as many as fit a page.
constexpr std::int64_t small = 256;
constexpr std::int64_t large = 6000;

/// One round of callers, each of which appends once and is done; their records are released as they go.
boost::asio::awaitable<void> append_once(Journal& journal, std::uint64_t sequence, const Change& change, bool& failed) {
  JournalRecord record{{1, sequence}, CartId::parse("user-100000").value(), change, false};
  const auto appended = co_await journal.append(std::move(record));
  if (!appended) failed = true;
  std::vector<CommandId> durable{{1, sequence}};
  journal.release(std::move(durable));
}

/// A caller that appends again as soon as it may, until the round's appends are used up.
boost::asio::awaitable<void> append_on(Journal& journal, std::uint64_t& sequence, std::uint64_t last,
                                       const Change& change, bool& failed) {
  while (sequence < last) co_await append_once(journal, ++sequence, change, failed);
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
  const std::string filling(static_cast<std::size_t>(state.range(1)) - 50, 'x');
  const Change change{Annotate{"{\"a\":\"" + filling + "\"}", {}}};
  std::uint64_t sequence = 0;
  bool failed = false;
  const double cpu = cpu_microseconds();
  for (auto _ : state) {
    const std::uint64_t last = sequence + round;
    for (std::uint64_t caller = 0; caller < callers; ++caller)
      boost::asio::co_spawn(io, append_on(journal, sequence, last, change, failed), boost::asio::detached);
    io.run();
    io.restart();
    if (failed) {
      state.SkipWithError("an append failed");
      break;
    }
  }
  const JournalFigures figures = journal.figures();
  state.SetItemsProcessed(static_cast<std::int64_t>(figures.appended));
  state.counters["cpu_us_per_append"] = (cpu_microseconds() - cpu) / static_cast<double>(figures.appended);
  state.counters["fsyncs_per_append"] = static_cast<double>(figures.fsyncs) / static_cast<double>(figures.appended);
}
BENCHMARK(JournalAppend)
    ->ArgNames({"callers", "bytes"})
    ->ArgsProduct({{1, 8, 64}, {small, large}})
    ->UseRealTime()
    ->MinTime(1);

boost::asio::awaitable<void> append_many(Journal& journal, std::uint64_t& sequence, std::uint64_t last, bool& failed) {
  while (sequence < last) {
    // As from a loop: microseconds.
    const std::uint64_t now = 1'800'000'000'000'000 + 20 * ++sequence;
    Batch batch{{Add{Sku::parse("SKU-10001").value(), 1}}};
    JournalRecord record{
        {1, now}, CartId::parse("user-" + std::to_string(now % 1'000'000)).value(), Change{std::move(batch)}, true};
    if (!(co_await journal.append(std::move(record)))) failed = true;
  }
}

// Opening a journal in which a million changes wait. The memory is without the changes, which go to their owners.
void JournalStart(benchmark::State& state) {
  constexpr std::uint64_t records = 1'000'000;
  const Folder folder;
  const std::filesystem::path path = folder.path() / "journal";
  {
    boost::asio::io_context io(1);
    auto opened = Journal::open({path, std::uint64_t{1} << 40});
    std::uint64_t sequence = 0;
    bool failed = !opened;
    for (int caller = 0; opened && caller < 4000; ++caller)
      boost::asio::co_spawn(io, append_many(**opened, sequence, records, failed), boost::asio::detached);
    io.run();
    if (failed) {
      state.SkipWithError("an append failed");
      return;
    }
  }
  state.counters["disk_bytes_per_record"] = bytes_of(path) / records;
  for (auto _ : state) {
    const double before = resident_bytes();
    auto opened = Journal::open({path, std::uint64_t{1} << 40});
    state.PauseTiming();
    if (!opened || (*opened)->take_recovered().size() != records) state.SkipWithError("records are missing");
    state.counters["memory_bytes_per_record"] = (resident_bytes() - before) / records;
    opened->reset();
    state.ResumeTiming();
  }
}
BENCHMARK(JournalStart)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);

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
  const std::string value(static_cast<std::size_t>(state.range(0)), 'x');
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
    ->ArgName("bytes")
    ->Arg(small)
    ->Arg(large)
    ->Setup(OpenDatabase)
    ->Teardown(CloseDatabase)
    ->Threads(1)
    ->Threads(8)
    ->Threads(64)
    ->UseRealTime()
    ->MinTime(1);

}  // namespace
