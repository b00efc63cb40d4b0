// Several coroutines of one loop at once, and the end of all of them.
#pragma once

#include "runtime/event.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

namespace cartd {

/// Ends when all of them have; with the last exception, if there was one. What they refer to outlives that.
inline boost::asio::awaitable<void> all_of(std::vector<boost::asio::awaitable<void>> tasks) {
  struct State {
    State(boost::asio::any_io_executor executor, std::size_t count) : ended(std::move(executor)), left(count) {}

    Event ended;
    std::size_t left;
    std::exception_ptr thrown{};
  };
  auto executor = co_await boost::asio::this_coro::executor;
  const auto state = std::make_shared<State>(executor, tasks.size());
  for (auto& task : tasks)
    boost::asio::co_spawn(executor, std::move(task), [state](std::exception_ptr thrown) {
      if (thrown) state->thrown = thrown;
      if (--state->left == 0) state->ended.raise();
    });
  while (state->left > 0) co_await state->ended.wait();
  if (state->thrown) std::rethrow_exception(state->thrown);
}

}  // namespace cartd
