#include "service/cart_service.h"

#include "domain/limits.h"
#include "outbox/stamper.h"
#include "service/cart_metrics.h"
#include "service/idempotency.h"

#include <numeric>
#include <string>
#include <unordered_set>
#include <utility>

namespace cartd {
namespace {

using SteadyClock = Deadline::clock;

/// Holds an idempotency key of a cart while its command is under way.
class KeyHold {
 public:
  KeyHold(std::unordered_set<std::string>& keys, const CartId& id, const Idempotency& idempotency)
      : keys_(keys), key_(id.str() + ' ' + idempotency.key), taken_(keys_.insert(key_).second) {}
  ~KeyHold() {
    if (taken_) keys_.erase(key_);
  }
  KeyHold(const KeyHold&) = delete;
  KeyHold& operator=(const KeyHold&) = delete;

  /// False when another command holds it.
  bool taken() const { return taken_; }

 private:
  std::unordered_set<std::string>& keys_;
  std::string key_;
  bool taken_;
};

/// What the service keeps for one reactor.
struct Home {
  Home(Reactor& its_reactor, CartStore& its_store, Stamper stamper)
      : reactor(its_reactor), store(its_store), outbox(its_reactor.io().get_executor(), its_store, stamper) {}

  Reactor& reactor;
  CartStore& store;
  Outbox outbox;
  std::unordered_set<std::string> keys_under_way{};
};

}  // namespace

class CartService::Impl {
 public:
  Impl(Reactors& reactors, std::vector<Shard>& shards, const Clock& clock, Metrics& metrics, CartServiceOptions options)
      : reactors_(reactors), metrics_(metrics), options_(std::move(options)) {
    const Lane lane = fresh_lane();
    for (std::size_t i = 0; i < reactors.size(); ++i)
      homes_.push_back(std::make_unique<Home>(reactors[i], *shards[i].carts, Stamper(lane, clock)));
  }

  boost::asio::awaitable<Result<Cart>> find(CartId id) {
    Home& home = home_of(id);
    co_return co_await run_on(home.reactor, find_at_home(home, std::move(id)));
  }

  boost::asio::awaitable<Result<Applied>> change(CartId id, Command command, Conditions conditions, Answer answer) {
    if (auto valid = validate(command, options_.policy.limits); !valid) {
      metrics_.count_change(command, valid.error().code);
      co_return valid.error();
    }
    Change change{std::move(command), conditions.expected_version, std::nullopt};
    if (conditions.idempotency_key) change.idempotency = idempotency_of(*conditions.idempotency_key, change.command);
    Home& home = home_of(id);
    co_return co_await run_on(home.reactor, change_at_home(home, std::move(id), std::move(change), answer));
  }

  boost::asio::awaitable<StoreState> check() {
    for (const auto& home : homes_) {
      StoreState state = co_await run_on(home->reactor, home->store.check(SteadyClock::now() + options_.store_deadline));
      if (!state.ready) co_return state;
    }
    co_return StoreState{true, ""};
  }

  Durability durability() const { return homes_.front()->store.durability(); }
  std::size_t outbox_depth() const {
    return std::accumulate(homes_.begin(), homes_.end(), std::size_t{0},
                           [](std::size_t depth, const auto& home) { return depth + home->outbox.depth(); });
  }

 private:
  Home& home_of(const CartId& id) { return *homes_[reactors_.home(id.str())]; }

  boost::asio::awaitable<Result<Cart>> find_at_home(Home& home, CartId id) {
    const auto start = SteadyClock::now();
    Result<Cart> cart = co_await home.store.find(std::move(id), start + options_.store_deadline);
    metrics_.observe_find(SteadyClock::now() - start);
    if (cart) metrics_.count_read(exists(*cart));
    co_return cart;
  }

  boost::asio::awaitable<Result<Applied>> change_at_home(Home& home, CartId id, Change change, Answer answer) {
    const Command command = change.command;
    Result<Applied> applied = co_await submit(home, std::move(id), std::move(change), answer);
    if (!applied) {
      metrics_.count_change(command, applied.error().code);
      co_return applied;
    }
    metrics_.count_change(command, applied->outcome.effect);
    if (answer == Answer::full) metrics_.observe_lines(applied->cart.lines.size());
    co_return applied;
  }

  boost::asio::awaitable<Result<Applied>> submit(Home& home, CartId id, Change change, Answer answer) {
    std::optional<KeyHold> hold;
    if (change.idempotency) {
      hold.emplace(home.keys_under_way, id, *change.idempotency);
      if (!hold->taken()) co_return Error{Errc::in_flight, "a change with this Idempotency-Key is still under way"};
    }
    const auto start = SteadyClock::now();
    Result<Applied> applied = co_await home.outbox.submit(std::move(id), std::move(change), answer, start + options_.store_deadline);
    metrics_.observe_apply(SteadyClock::now() - start);
    co_return applied;
  }

  Reactors& reactors_;
  CartMetrics metrics_;
  CartServiceOptions options_;
  std::vector<std::unique_ptr<Home>> homes_;
};

CartService::CartService(Reactors& reactors, std::vector<Shard>& shards, const Clock& clock, Metrics& metrics, CartServiceOptions options)
    : impl_(std::make_unique<Impl>(reactors, shards, clock, metrics, std::move(options))) {}

CartService::~CartService() = default;

boost::asio::awaitable<Result<Cart>> CartService::find(CartId id) { return impl_->find(std::move(id)); }

boost::asio::awaitable<Result<Applied>> CartService::change(CartId id, Command command, Conditions conditions, Answer answer) {
  return impl_->change(std::move(id), std::move(command), std::move(conditions), answer);
}

boost::asio::awaitable<StoreState> CartService::check() { return impl_->check(); }

Durability CartService::durability() const { return impl_->durability(); }

std::size_t CartService::outbox_depth() const { return impl_->outbox_depth(); }

}  // namespace cartd
