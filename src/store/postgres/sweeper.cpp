#include "store/postgres/sweeper.h"

#include "runtime/spawn.h"
#include "store/postgres/access.h"
#include "store/postgres/parameters.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>
#include <vector>

namespace cartd::postgres {
namespace {

// So many rows are locked for a moment.
constexpr int most_at_once = 500;
constexpr std::chrono::seconds patience(30);

}  // namespace

Sweeper::Sweeper(Database& database, Metrics& metrics, std::chrono::milliseconds interval,
                 std::function<void()> on_expired)
    : database_(database),
      forgotten_(metrics.counter("cartd_postgres_forgotten_total",
                                 "Records of deleted and expired carts that this cartd has deleted from the database.",
                                 {})),
      interval_(interval),
      on_expired_(std::move(on_expired)),
      calls_(std::make_shared<Calls>(io_.get_executor())) {
  spawn(io_.get_executor(), "delete forgotten records from the database", run());
  thread_ = std::thread([this] { io_.run(); });
}

Sweeper::~Sweeper() {
  io_.stop();
  thread_.join();
  calls_->clear();
}

boost::asio::awaitable<void> Sweeper::run() {
  boost::asio::steady_timer next(io_);
  for (;;) {
    next.expires_after(interval_);
    co_await next.async_wait(boost::asio::use_awaitable);
    for (bool more = true; more;) more = co_await forget_some();
    for (bool more = true; more;) more = co_await forget_some_checkouts();
  }
}

boost::asio::awaitable<bool> Sweeper::forget_some() {
  std::vector<Parameter> most{number(most_at_once)};
  const Deadline deadline = Deadline::clock::now() + patience;
  const auto rows = co_await ask(database_, calls_, forget_carts, std::move(most), std::string(), deadline);
  // The next look meets what is left.
  if (!rows || rows->count() != 1) co_return false;
  const std::int64_t forgotten = rows->number(0, 0).value_or(0);
  const std::int64_t carts = rows->number(0, 1).value_or(0);
  forgotten_.add(static_cast<double>(forgotten));
  for (std::int64_t i = 0; i < carts && on_expired_; ++i) on_expired_();
  co_return forgotten == most_at_once;
}

boost::asio::awaitable<bool> Sweeper::forget_some_checkouts() {
  std::vector<Parameter> most{number(most_at_once)};
  const Deadline deadline = Deadline::clock::now() + patience;
  const auto rows = co_await ask(database_, calls_, forget_checkouts, std::move(most), std::string(), deadline);
  co_return rows && rows->count() == 1 && rows->number(0, 0) == most_at_once;
}

}  // namespace cartd::postgres
