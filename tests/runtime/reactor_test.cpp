#include "runtime/reactor.h"

#include "support/reactor_thread.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstddef>
#include <future>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace cartd::test {
namespace {

namespace asio = boost::asio;

asio::awaitable<const Reactor*> where() { co_return &Reactor::current(); }

asio::awaitable<std::string> slowly(std::string text) {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(1));
  co_await timer.async_wait(asio::use_awaitable);
  co_return text;
}

asio::awaitable<int> fail() {
  co_await slowly("");
  throw std::runtime_error("as told");
}

/// Never answers, and holds on to `held` as long as it exists.
asio::awaitable<int> hang(std::shared_ptr<int> held) {
  asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::use_awaitable);
  co_return *held;
}

TEST(RunOn, RunsThereAndComesBack) {
  ReactorThread here;
  ReactorThread there;
  auto body = [](Reactor& other) -> asio::awaitable<std::vector<const Reactor*>> {
    const Reactor* before = &Reactor::current();
    const Reactor* during = co_await run_on(other, where());
    co_return std::vector{before, during, const_cast<const Reactor*>(&Reactor::current())};
  };
  const Reactor* const own = &here.reactor();
  EXPECT_EQ(here.run(body(there.reactor())), (std::vector{own, static_cast<const Reactor*>(&there.reactor()), own}));
  EXPECT_EQ(here.run(body(here.reactor())), (std::vector{own, own, own}));
}

TEST(RunOn, HandsOverResultsAndExceptions) {
  ReactorThread here;
  ReactorThread there;
  EXPECT_EQ(here.run(run_on(there.reactor(), slowly("told"))), "told");
  EXPECT_THROW(here.run(run_on(there.reactor(), fail())), std::runtime_error);
  EXPECT_EQ(here.run(run_on(there.reactor(), slowly("again"))), "again");
}

TEST(RunOn, CallsOfOneLoopBeginInTheirOrder) {
  Reactors reactors(2);
  std::vector<int> begun;
  std::promise<void> done;
  constexpr int calls = 1'000;
  auto note = [](std::vector<int>& to, int which, std::promise<void>& all) -> asio::awaitable<int> {
    to.push_back(which);
    if (to.size() == calls) all.set_value();
    co_return which;
  };
  auto call = [](Reactor& other, asio::awaitable<int> task) -> asio::awaitable<void> {
    co_await run_on(other, std::move(task));
  };
  for (int i = 0; i < calls; ++i)
    asio::co_spawn(reactors[0].io(), call(reactors[1], note(begun, i, done)), asio::detached);
  reactors.start();
  done.get_future().get();
  reactors.stop();
  for (int i = 0; i < calls; ++i) ASSERT_EQ(begun[static_cast<std::size_t>(i)], i);
}

/// Each of the two loops has thousands of calls with the other before either takes one.
TEST(RunOn, ManyCallsBothWaysAreAllAnswered) {
  Reactors reactors(2);
  constexpr std::size_t callers = 5'000;
  constexpr std::size_t calls = 3;
  std::latch done(2 * callers);
  std::atomic<std::size_t> right = 0;
  auto caller = [](Reactor& other, std::size_t number, std::latch& all,
                   std::atomic<std::size_t>& counted) -> asio::awaitable<void> {
    for (std::size_t i = 0; i < calls; ++i) {
      const std::string text = std::to_string(number) + '-' + std::to_string(i);
      const std::string answer = co_await run_on(other, slowly(text));
      if (answer == text) ++counted;
    }
    all.count_down();
  };
  for (std::size_t loop = 0; loop < 2; ++loop)
    for (std::size_t i = 0; i < callers; ++i)
      asio::co_spawn(reactors[loop].io(), caller(reactors[1 - loop], i, done, right), asio::detached);
  reactors.start();
  done.wait();
  EXPECT_EQ(right, 2 * callers * calls);
}

TEST(RunOn, CallsMayCallBack) {
  Reactors reactors(2);
  auto inner = [](Reactor& first) -> asio::awaitable<bool> { co_return co_await run_on(first, where()) == &first; };
  auto outer = [inner](Reactor& first, Reactor& second, std::promise<bool>& told) -> asio::awaitable<void> {
    told.set_value(co_await run_on(second, inner(first)));
  };
  std::promise<bool> told;
  asio::co_spawn(reactors[0].io(), outer(reactors[0], reactors[1], told), asio::detached);
  reactors.start();
  EXPECT_TRUE(told.get_future().get());
}

TEST(RunOn, CallsUnderWayEndWithTheirReactors) {
  const auto held = std::make_shared<int>(0);
  {
    Reactors reactors(3);
    std::latch under_way(6);
    auto caller = [](Reactor& other, std::shared_ptr<int> mine, std::latch& begun) -> asio::awaitable<void> {
      co_await run_on(other, where());
      begun.count_down();
      co_await run_on(other, hang(mine));
    };
    auto nested = [](Reactor& second, Reactor& third, std::shared_ptr<int> mine) -> asio::awaitable<void> {
      auto both = [](Reactor& last, std::shared_ptr<int> its) -> asio::awaitable<int> {
        co_return co_await run_on(last, hang(its));
      };
      co_await run_on(second, both(third, std::move(mine)));
    };
    for (std::size_t loop = 0; loop < 3; ++loop) {
      for (std::size_t i = 1; i < 3; ++i)
        asio::co_spawn(reactors[loop].io(), caller(reactors[(loop + i) % 3], held, under_way), asio::detached);
      asio::co_spawn(reactors[loop].io(), nested(reactors[(loop + 1) % 3], reactors[(loop + 2) % 3], held),
                     asio::detached);
    }
    reactors.start();
    under_way.wait();
    EXPECT_TRUE(wait_until([&] { return held.use_count() > 9; }));
    reactors.stop();
  }
  EXPECT_EQ(held.use_count(), 1) << "coroutines are left over";
}

TEST(RunOn, ACallToALoopThatHasEndedEndsWithIt) {
  const auto held = std::make_shared<int>(0);
  {
    ReactorThread ended;
    ended.stop();
    Reactors reactors(1);
    std::promise<void> called;
    auto caller = [](Reactor& other, std::shared_ptr<int> mine, std::promise<void>& said) -> asio::awaitable<void> {
      auto tell = [&said] { said.set_value(); };
      asio::post(Reactor::current().io(), tell);
      co_await run_on(other, hang(std::move(mine)));
    };
    asio::co_spawn(reactors[0].io(), caller(ended.reactor(), held, called), asio::detached);
    reactors.start();
    called.get_future().get();
    EXPECT_GT(held.use_count(), 1);
    reactors.stop();
    ended.reactor().abandon();
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(RunOn, WantsAReactorToComeBackTo) {
  Reactors reactors(1);
  asio::io_context other;
  std::exception_ptr error;
  asio::co_spawn(other, run_on(reactors[0], where()), [&](std::exception_ptr e, const Reactor*) { error = e; });
  other.run();
  EXPECT_TRUE(error);
}

}  // namespace
}  // namespace cartd::test
