// A call from one event loop to another, and its answer: what run_on() costs beside a co_spawn() on the other loop.
#include "runtime/reactor.h"

#include <benchmark/benchmark.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <latch>
#include <string>

namespace {

using namespace cartd;
namespace asio = boost::asio;

constexpr std::size_t loops = 2;
constexpr std::size_t callers = 64;  // Of each loop: so many calls are under way in each direction.
constexpr std::size_t calls_of_each = 200;
constexpr auto calls = static_cast<benchmark::IterationCount>(loops * callers * calls_of_each);

asio::awaitable<std::string> look_up(std::size_t key) { co_return std::string(200, static_cast<char>('a' + key % 26)); }

// A use case has some coroutines of its own on the other loop.
asio::awaitable<std::string> use_case(std::size_t key) {
  std::string found = co_await look_up(key);
  co_return found;
}

asio::awaitable<std::string> by_run_on(Reactor& other, std::size_t key) { return run_on(other, use_case(key)); }

asio::awaitable<std::string> by_co_spawn(Reactor& other, std::size_t key) {
  return asio::co_spawn(other.io(), use_case(key), asio::use_awaitable);
}

using Call = asio::awaitable<std::string>(Reactor&, std::size_t);

asio::awaitable<void> keep_calling(Reactor& other, Call* call, std::latch& done) {
  for (std::size_t i = 0; i < calls_of_each; ++i) {
    std::string answer = co_await call(other, i);
    benchmark::DoNotOptimize(answer);
  }
  done.count_down();
}

void both_ways(benchmark::State& state, Call* call) {
  Reactors reactors(loops);
  reactors.start();
  while (state.KeepRunningBatch(calls)) {
    std::latch done(loops * callers);
    for (std::size_t loop = 0; loop < loops; ++loop)
      for (std::size_t i = 0; i < callers; ++i)
        asio::co_spawn(reactors[loop].io(), keep_calling(reactors[(loop + 1) % loops], call, done), asio::detached);
    done.wait();
  }
  reactors.stop();
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(both_ways, run_on, by_run_on)->MeasureProcessCPUTime()->UseRealTime()->MinTime(0.5);
BENCHMARK_CAPTURE(both_ways, co_spawn, by_co_spawn)->MeasureProcessCPUTime()->UseRealTime()->MinTime(0.5);

}  // namespace
