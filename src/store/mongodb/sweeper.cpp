#include "store/mongodb/sweeper.h"

#include "runtime/clock.h"
#include "runtime/spawn.h"
#include "store/mongodb/access.h"
#include "store/mongodb/forgetting.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <string>
#include <utility>

namespace cartd::mongodb {
namespace {

constexpr std::int64_t most_at_once = 500;
constexpr std::chrono::seconds patience(30);

}  // namespace

Sweeper::Sweeper(Database& database, Metrics& metrics, std::chrono::milliseconds interval,
                 std::function<void()> on_expired)
    : database_(database),
      forgotten_(metrics.counter("cartd_mongodb_forgotten_total",
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
    for (const char* collection : {collection::carts, collection::checkouts})
      for (bool more = true; more;) more = co_await forget_some(collection);
  }
}

boost::asio::awaitable<bool> Sweeper::forget_some(const char* collection) {
  const Time now = server_time(database_);
  Operation past{Operation::Kind::find, collection, past_filter(now), Document(), most_at_once};
  past.body.number("created_at", 1);
  const Deadline deadline = Deadline::clock::now() + patience;
  const auto found = co_await ask(database_, calls_, std::move(past), deadline);
  // The next look meets what is left.
  if (!found) co_return false;
  Document with_cart;
  Document others;
  std::size_t carts = 0;
  std::size_t rest = 0;
  for (const Document& document : found->found) {
    const Fields fields(document);
    const auto id = fields.text("_id");
    if (!id) continue;
    if (fields.has("created_at")) with_cart.text(std::to_string(carts++), *id);
    else others.text(std::to_string(rest++), *id);
  }
  std::int64_t forgotten = 0;
  if (carts > 0) {
    forgotten = co_await forget(collection, std::move(with_cart));
    for (std::int64_t i = 0; i < forgotten && on_expired_; ++i) on_expired_();
  }
  if (rest > 0) forgotten += co_await forget(collection, std::move(others));
  if (collection == collection::carts) forgotten_.add(static_cast<double>(forgotten));
  co_return forgotten == most_at_once;
}

boost::asio::awaitable<std::int64_t> Sweeper::forget(const char* collection, Document ids) {
  Operation erase{Operation::Kind::erase, collection, past_filter(server_time(database_))};
  Document among;
  among.array("$in", ids);
  erase.filter.document("_id", among);
  const Deadline deadline = Deadline::clock::now() + patience;
  const auto erased = co_await ask(database_, calls_, std::move(erase), deadline);
  co_return erased ? erased->written : 0;
}

}  // namespace cartd::mongodb
