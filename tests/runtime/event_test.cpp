#include "runtime/event.h"

#include "runtime/completion.h"

#include <gtest/gtest.h>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace cartd {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<void> wait(Event& event, Event::Time deadline, std::string& said, char what) {
  co_await event.wait(deadline);
  said += what;
}

TEST(Event, WakesEverybodyWhoWaitsInALaterTurn) {
  asio::io_context context;
  Event event(context.get_executor());
  std::string said;
  asio::co_spawn(context, wait(event, Event::Time::max(), said, 'a'), asio::detached);
  asio::co_spawn(context, wait(event, Event::Time::max(), said, 'b'), asio::detached);
  asio::co_spawn(context, wait(event, Event::Time(std::chrono::steady_clock::now() + 1h), said, 'c'), asio::detached);
  context.poll();
  EXPECT_EQ(said, "");
  event.raise();
  EXPECT_EQ(said, "");
  context.poll();
  EXPECT_EQ(said, "abc");
  // Whoever waits after a raise waits for the next one.
  asio::co_spawn(context, wait(event, Event::Time::max(), said, 'd'), asio::detached);
  context.restart();
  context.poll();
  EXPECT_EQ(said, "abc");
  event.raise();
  context.run();
  EXPECT_EQ(said, "abcd");
}

TEST(Event, EndsTheWaitAtItsDeadline) {
  asio::io_context context;
  Event event(context.get_executor());
  std::string said;
  asio::co_spawn(context, wait(event, std::chrono::steady_clock::now() + 1ms, said, 'a'), asio::detached);
  context.run();
  EXPECT_EQ(said, "a");
  event.raise();
}

using Kept = Completion<std::unique_ptr<int>>;

asio::awaitable<void> keep_and_wait(Kept& kept, std::string& said) {
  auto keep = [&](auto handler) { kept = Kept(std::move(handler)); };
  const auto number = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::unique_ptr<int>)>(
      keep, asio::use_awaitable);
  said += std::to_string(*number);
}

TEST(Completion, CallsAtOnceOrPosts) {
  asio::io_context context;
  Kept kept;
  std::string said;
  EXPECT_FALSE(kept);
  asio::co_spawn(context, keep_and_wait(kept, said), asio::detached);
  context.poll();
  ASSERT_TRUE(kept);
  Kept moved = std::move(kept);
  moved.call(std::make_unique<int>(1));
  EXPECT_EQ(said, "1");
  EXPECT_FALSE(moved);

  context.restart();
  asio::co_spawn(context, keep_and_wait(kept, said), asio::detached);
  context.poll();
  kept.post(std::make_unique<int>(2));
  EXPECT_FALSE(kept);
  EXPECT_EQ(said, "1");
  context.restart();
  context.run();
  EXPECT_EQ(said, "12");
}

TEST(Completion, ThatIsNeverCalledDestroysWhoWaits) {
  asio::io_context context;
  auto alive = std::make_shared<int>(0);
  auto wait_with = [](Kept& kept, std::shared_ptr<int>) -> asio::awaitable<void> {
    std::string ignored;
    co_await keep_and_wait(kept, ignored);
  };
  {
    Kept kept;
    asio::co_spawn(context, wait_with(kept, alive), asio::detached);
    context.poll();
    EXPECT_EQ(alive.use_count(), 2);
  }
  context.restart();
  context.run();
  EXPECT_EQ(alive.use_count(), 1);
}

}  // namespace
}  // namespace cartd
