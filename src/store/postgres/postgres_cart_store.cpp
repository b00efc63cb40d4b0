#include "store/postgres/postgres_cart_store.h"

#include "store/postgres/access.h"
#include "store/postgres/parameters.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace cartd {

using namespace postgres;

namespace {

constexpr const char* clocks_differ = "the clocks of the database and of this machine differ too much";

}  // namespace

PostgresCartStore::PostgresCartStore(boost::asio::any_io_executor executor, PostgresStore& store, const Policy& policy,
                                     const Clock& clock, std::size_t cache_bytes)
    : store_(store),
      policy_(policy),
      clock_(clock),
      cache_(cache_bytes),
      calls_(std::make_shared<Calls>(std::move(executor))) {}

PostgresCartStore::~PostgresCartStore() { calls_->clear(); }

std::optional<Time> PostgresCartStore::own_clock() const {
  const bool any_clock = policy_.limits.max_clock_difference == Millis::max();
  return any_clock ? std::optional(now_ms(clock_)) : std::nullopt;
}

Millis PostgresCartStore::permitted_difference(Millis ttl) const {
  return std::min(policy_.limits.max_clock_difference, ttl / 2);
}

std::optional<Loaded> PostgresCartStore::known(const CartId& id) {
  SnapshotPtr snapshot = cache_.find(id);
  const Time now = now_ms(clock_);
  // A commit to what is probably old would cost more than a load before it.
  if (!snapshot || cache_.is_contended(id) || snapshot->record.forget_at <= now) return std::nullopt;
  return Loaded{std::move(snapshot), false, now};
}

boost::asio::awaitable<Result<PostgresCartStore::Found>> PostgresCartStore::find(CartId id, Deadline deadline) {
  std::vector<Parameter> parameters{text(id.str())};
  const auto rows = co_await ask(store_.database(), calls_, load_cart, std::move(parameters), std::string(), deadline);
  if (!rows) co_return rows.error();
  Result<CartRow> row = row_from(id, *rows);
  if (!row) co_return row.error();
  const Millis difference = std::chrono::abs(row->now - now_ms(clock_));
  const Time now = own_clock().value_or(row->now);
  // A record whose time is past is forgotten, whether it was deleted or not.
  const bool is_there = row->cart && row->cart->record.forget_at > now;
  SnapshotPtr snapshot = is_there ? std::make_shared<const Snapshot>(std::move(*row->cart))
                                  : std::make_shared<const Snapshot>(CartRecord{Cart{id}});
  cache_.put_found(id, snapshot, snapshot->token);
  co_return Found{Loaded{std::move(snapshot), true, now},
                  difference <= permitted_difference(policy_.ttl.ttl_of(id).least())};
}

boost::asio::awaitable<Result<Loaded>> PostgresCartStore::load(CartId id, Deadline deadline) {
  Result<Found> found = co_await find(std::move(id), deadline);
  if (!found) co_return found.error();
  co_return std::move(found->loaded);
}

WriteGuard PostgresCartStore::guard(const CommitRequest& request) const {
  const auto own = own_clock();
  if (own) return {request.base->token, own};
  return {request.base->token, std::nullopt, now_ms(clock_),
          permitted_difference(policy_.ttl.ttl_of(request.cart).least())};
}

boost::asio::awaitable<Result<Committed>> PostgresCartStore::commit(CommitRequest request) {
  const auto after = std::make_shared<Snapshot>(request.base->record);
  patch(after->record, request.edits);
  after->token = store_.next_token();
  std::vector<Parameter> parameters = write_parameters(after->record, after->token, guard(request));
  const bool has_checkouts = !request.edits.checkout_contents.empty();
  if (has_checkouts) parameters.push_back(checkout_parameter(request.edits.checkout_contents));
  const Statement& plain = request.base->token == 0 ? write_new_cart : write_cart;
  const Statement& both = request.base->token == 0 ? write_new_cart_and_checkouts : write_cart_and_checkouts;
  const Statement& statement = has_checkouts ? both : plain;
  std::string row = "c" + request.cart.str();
  const auto written =
      co_await ask(store_.database(), calls_, statement, std::move(parameters), std::move(row), request.deadline);
  if (!written) co_return written.error();
  if ((has_checkouts ? written->number(0, 0) == 1 : written->written() == 1)) {
    cache_.put(request.cart, after);
    if (request.edits.starts_anew) store_.count_expired();
    co_return Committed{true, after};
  }
  Result<Found> found = co_await find(request.cart, request.deadline);
  if (!found && found.error().code == Errc::unavailable)
    co_return Error{Errc::unavailable, "the cart was changed meanwhile, and cannot be read; nothing was done"};
  if (!found) co_return found.error();
  if (!own_clock() && !found->clocks_agree)
    co_return Error{Errc::unavailable, std::string(clocks_differ) + "; nothing was done"};
  co_return Committed{false, std::move(found->loaded.snapshot), found->loaded.now};
}

boost::asio::awaitable<Result<std::shared_ptr<const Checkout>>> PostgresCartStore::find_checkout(CheckoutId id,
                                                                                                 Deadline deadline) {
  std::vector<Parameter> parameters{text(id.str())};
  const Statement& statement = postgres::find_checkout;
  const auto rows = co_await ask(store_.database(), calls_, statement, std::move(parameters), std::string(), deadline);
  if (!rows) co_return rows.error();
  auto checkout = checkout_from(*rows);
  if (checkout && *checkout && (*checkout)->forget_at <= now_ms(clock_)) checkout->reset();
  co_return checkout;
}

boost::asio::awaitable<StoreState> PostgresCartStore::check(Deadline deadline) {
  if (const std::string why = store_.database().health().why(); !why.empty()) co_return StoreState{false, why};
  std::vector<Parameter> none;
  const auto rows = co_await ask(store_.database(), calls_, check_database, std::move(none), std::string(), deadline);
  if (!rows) co_return StoreState{false, "the database does not answer"};
  const auto read_only = rows->count() == 1 ? rows->number(0, 0) : std::nullopt;
  const auto now = read_only ? rows->number(0, 1) : std::nullopt;
  if (!now) co_return StoreState{false, "the database answers something else than was asked"};
  if (*read_only != 0) co_return StoreState{false, "the database is read-only; changes are refused"};
  const Millis difference = std::chrono::abs(Time(Millis(*now)) - now_ms(clock_));
  if (difference > permitted_difference(policy_.ttl.least())) co_return StoreState{false, clocks_differ};
  co_return StoreState{true, ""};
}

bool PostgresCartStore::serves(const CartId&) const { return store_.database().health().serves(); }

}  // namespace cartd
