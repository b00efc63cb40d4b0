// The cart as a library, without a server: what one command costs.
#include "runtime/clock.h"
#include "store/execute.h"
#include "store/memory/memory_cart_store.h"

#include <benchmark/benchmark.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace {

using namespace cartd;

constexpr std::size_t cart_count = 1000;
constexpr std::size_t line_count = 5;

Change add_one(std::size_t line) {
  Batch batch{{Add{Sku::parse("SKU-" + std::to_string(10'000 + line)).value(), 1}}};
  return Change{Command{std::move(batch)}};
}

// One add to each of five lines of each cart; to be repeated with rising command ids.
std::vector<ApplyRequest> requests() {
  std::vector<ApplyRequest> all;
  for (std::size_t line = 0; line < line_count; ++line) {
    for (std::size_t cart = 0; cart < cart_count; ++cart) {
      const CartId id = CartId::parse("user-" + std::to_string(100'000 + cart)).value();
      all.push_back({id, add_one(line), CommandId{1, 0}, Answer::full, Deadline::max()});
    }
  }
  return all;
}

// What a store does per command when it is reached by a plain call.
void DomainApply(benchmark::State& state) {
  const Limits limits;
  const Change change = add_one(0);
  CartRecord record{Cart{CartId::parse("user-100000").value()}};
  std::uint64_t sequence = 0;
  for (auto _ : state) {
    const ApplyContext context{CommandId{1, ++sequence}, Time(Millis(1'800'000'000'000)), std::chrono::days(7), limits};
    auto outcome = apply(record, change, context);
    if (!outcome) {
      // The line is full: begin anew.
      record.cart.lines.clear();
    }
    benchmark::DoNotOptimize(outcome);
  }
}
BENCHMARK(DomainApply)->MinTime(0.5);

boost::asio::awaitable<void> apply_all(benchmark::State& state, MemoryCartStore& store, const Policy& policy,
                                       const Clock& clock, boost::asio::io_context& io) {
  auto all = requests();
  std::uint64_t sequence = 0;
  for (auto _ : state) {
    ApplyRequest& request = all[sequence % all.size()];
    request.command_id.sequence = ++sequence;
    auto applied = co_await execute(store, request, policy, clock);
    if (!applied) {
      state.SkipWithError(applied.error().detail.c_str());
      break;
    }
    benchmark::DoNotOptimize(applied);
  }
  io.stop();
}

// The same through the port, as the service reaches it: 1,000 carts of 5 lines, the whole cart as answer.
void MemoryStoreApply(benchmark::State& state) {
  boost::asio::io_context io(1);
  const Policy policy;
  const SystemClock clock;
  MemoryBudget budget(std::numeric_limits<std::int64_t>::max());
  MemoryCartStore store(io.get_executor(), clock, budget, {});
  boost::asio::co_spawn(io, apply_all(state, store, policy, clock, io), boost::asio::detached);
  io.run();
}
BENCHMARK(MemoryStoreApply)->MinTime(0.5);

}  // namespace
