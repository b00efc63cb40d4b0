// embedded_writer <folder> <producer>: adds to carts of the folder's store until it is killed, and says line by line on
// standard output what was acknowledged: the cart's number, and its version after that. 16 carts at
// once. Exits with 1 and says why when it cannot go on.
#include "runtime/clock.h"
#include "runtime/metrics.h"
#include "store/embedded/embedded_cart_store.h"
#include "store/execute.h"

#include <unistd.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

namespace {

using namespace cartd;

/// In one piece, so that a kill leaves no half of it.
void say(int cart, std::uint64_t version) {
  const std::string line = std::to_string(cart) + " " + std::to_string(version) + "\n";
  if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::_Exit(1);
}

boost::asio::awaitable<void> add_for_ever(CartStore& store, int number, ProducerId producer) {
  const Policy policy;
  const SystemClock clock;
  for (std::uint64_t sequence = 1;; ++sequence) {
    const ApplyRequest request{*CartId::parse("cart-" + std::to_string(number)),
                               Change{Batch{{Add{*Sku::parse("A"), 1}}}},
                               {producer, sequence},
                               Answer::version,
                               Deadline::clock::now() + std::chrono::minutes(1)};
    const auto applied = co_await execute(store, request, policy, clock);
    if (!applied) {
      std::cerr << applied.error().detail << std::endl;
      std::_Exit(1);
    }
    say(number, applied->cart.version);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  boost::asio::io_context io(1);
  const SystemClock clock;
  Metrics metrics;
  auto opened = EmbeddedStore::open({.folder = arguments[1]}, clock, metrics);
  if (!opened) {
    std::cerr << opened.error() << std::endl;
    return 1;
  }
  EmbeddedCartStore store(io.get_executor(), **opened);
  const ProducerId producer = std::strtoull(arguments[2], nullptr, 10);
  for (int number = 0; number < 16; ++number)
    boost::asio::co_spawn(io, add_for_ever(store, number, producer), boost::asio::detached);
  io.run();
  return 0;
}
