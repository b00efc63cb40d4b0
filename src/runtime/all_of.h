// Several coroutines of one loop at once, and the end of all of them.
#pragma once

#include "runtime/event.h"
#include "runtime/spawn.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace cartd {

/// Ends when all of them have. As with spawn(), none may throw. What they refer to outlives that.
inline boost::asio::awaitable<void> all_of(std::vector<boost::asio::awaitable<void>> tasks) {
  struct State {
    State(boost::asio::any_io_executor executor, std::size_t count) : ended(std::move(executor)), left(count) {}

    Event ended;
    std::size_t left;
  };
  auto executor = co_await boost::asio::this_coro::executor;
  const auto state = std::make_shared<State>(executor, tasks.size());
  const auto run = [](boost::asio::awaitable<void> task, std::shared_ptr<State> its) -> boost::asio::awaitable<void> {
    co_await std::move(task);
    if (--its->left == 0) its->ended.raise();
  };
  for (auto& task : tasks) spawn(executor, "do a part of a request", run(std::move(task), state));
  while (state->left > 0) co_await state->ended.wait();
}

}  // namespace cartd
