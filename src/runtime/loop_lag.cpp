#include "runtime/loop_lag.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <ctime>

namespace cartd {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto interval = 100ms;
// Beyond every store deadline that makes sense.
constexpr auto long_lag = 1s;

std::chrono::nanoseconds cpu_time_of_thread() {
  std::timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

HeldUp judge_lag(std::chrono::nanoseconds lag, std::chrono::nanoseconds worked) {
  if (lag < long_lag) return HeldUp::no;
  return 2 * worked < lag ? HeldUp::not_scheduled : HeldUp::busy;
}

LoopLag::LoopLag(Metrics& metrics)
    : lag_(metrics.histogram("cartd_loop_lag_seconds",
                             "Delay of the event loops' timers; each loop has one every 100 ms", {},
                             {0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30})) {}

boost::asio::awaitable<void> LoopLag::measure() {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (;;) {
    const auto due = Clock::now() + interval;
    const auto worked_before = cpu_time_of_thread();
    timer.expires_at(due);
    co_await timer.async_wait(boost::asio::use_awaitable);
    observe(Clock::now() - due, cpu_time_of_thread() - worked_before);
  }
}

void LoopLag::observe(std::chrono::nanoseconds lag, std::chrono::nanoseconds worked) {
  lag_.observe(std::chrono::duration<double>(lag).count());
  const HeldUp held_up = judge_lag(lag, worked);
  if (held_up == HeldUp::no) return;
  const bool starved = held_up == HeldUp::not_scheduled;
  const auto left_out = (starved ? not_scheduled_ : busy_).pass();
  if (!left_out) return;
  log(LogLevel::warn,
      starved ? "this process was not scheduled for a while; deadlines may have passed because of that, not because of "
                "Redis"
              : "an event loop was busy with one task for long; deadlines may have passed because of that, not because "
                "of Redis",
      {{"millis", std::chrono::duration_cast<std::chrono::milliseconds>(lag).count()},
       {"cpu_millis", std::chrono::duration_cast<std::chrono::milliseconds>(worked).count()},
       {"left_out", *left_out}});
}

}  // namespace cartd
