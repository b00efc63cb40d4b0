#include "service/cart_home.h"

#include "outbox/core/producer.h"
#include "runtime/log.h"
#include "runtime/spawn.h"

#include <chrono>
#include <optional>
#include <utility>

namespace cartd {
namespace {

using SteadyClock = Deadline::clock;

CartView view_of(Cart cart, const Knowledge& knowledge) {
  return {std::move(cart), knowledge.durability, knowledge.degraded, knowledge.partial};
}

using Keys = std::shared_ptr<std::set<std::string>>;

/// Holds an idempotency key of a cart while its command is under way.
class KeyHold {
 public:
  KeyHold(Keys keys, const CartId& id, const Idempotency& idempotency)
      : keys_(std::move(keys)), key_(keys_->insert(id.str() + ' ' + idempotency.key)) {}
  ~KeyHold() {
    if (taken()) keys_->erase(key_.first);
  }
  KeyHold(const KeyHold&) = delete;
  KeyHold& operator=(const KeyHold&) = delete;

  /// False when another command holds it.
  bool taken() const { return key_.second; }

 private:
  const Keys keys_;
  const std::pair<std::set<std::string>::iterator, bool> key_;
};

/// Where it fails, whoever comes upon the transfer next tries again.
boost::asio::awaitable<void> go_on(std::shared_ptr<std::set<CartId>> resumed, CartId source,
                                   boost::asio::awaitable<Result<void>> work) {
  const Result<void> done = co_await std::move(work);
  if (!done) log(LogLevel::debug, "a merge that was cut waits for its next step", {{"why", done.error().detail}});
  resumed->erase(source);
}

}  // namespace

CartHome::CartHome(Reactor& reactor, CartStore& store, const Policy& policy, const Clock& clock, Journal* journal,
                   MemoryBudget& outbox_memory, CartMetrics& metrics, OutboxMetrics& outbox_metrics,
                   const OutboxOptions& options, Millis store_deadline)
    : reactor_(reactor),
      store_(store),
      clock_(clock),
      metrics_(metrics),
      outbox_(reactor.io().get_executor(), store, Producer(fresh_producer_id()), policy, clock, journal, outbox_memory,
              outbox_metrics, options),
      store_deadline_(store_deadline) {}

boost::asio::awaitable<Result<CartView>> CartHome::find(CartId id) {
  const auto start = SteadyClock::now();
  Result<Found> found = co_await outbox_.find(id, start + store_deadline_);
  metrics_.observe_find(SteadyClock::now() - start);
  if (!found) co_return std::move(found).error();
  metrics_.count_read(exists(found->cart));
  CartView view = view_of(std::move(found->cart), found->knowledge);
  view.record = std::move(found->record);
  if (view.record) resume(id, view.record->transfer);
  co_return view;
}

boost::asio::awaitable<Result<ChangeResult>> CartHome::change(CartId id, Change change, Detail detail) {
  const CommandKind kind = cartd::kind(change.command);
  std::optional<KeyHold> hold;
  if (change.idempotency) {
    hold.emplace(keys_under_way_, id, *change.idempotency);
    if (!hold->taken()) {
      metrics_.count_change(kind, Errc::in_flight);
      co_return Error{Errc::in_flight, "a change with this Idempotency-Key is still running"};
    }
  }
  const auto start = SteadyClock::now();
  const Answer answer = detail == Detail::full ? Answer::full : Answer::version;
  Result<Acknowledged> applied = co_await outbox_.submit(id, std::move(change), answer, start + store_deadline_);
  metrics_.observe_apply(SteadyClock::now() - start);
  if (!applied) {
    metrics_.count_change(kind, applied.error().code);
    co_return std::move(applied).error();
  }
  metrics_.count_change(kind, applied->outcome.effect);
  if (answer == Answer::full) metrics_.observe_lines(applied->cart.lines.size());
  resume(id, applied->outcome.transfer);
  co_return ChangeResult{view_of(std::move(applied->cart), applied->knowledge), applied->outcome.effect,
                         std::move(applied->outcome.checkout), std::move(applied->outcome.transfer),
                         std::move(applied->outcome.taken)};
}

/// Goes on with a transfer that was left in the middle, behind the answer.
void CartHome::resume(const CartId& source, const std::shared_ptr<const Transfer>& transfer) {
  if (!transfer || !is_interrupted(*transfer, now_ms(clock_)) || !resumed_->insert(source).second) return;
  spawn(reactor_.io().get_executor(), "go on with a merge", go_on(resumed_, source, resume_(source, transfer)));
}

boost::asio::awaitable<StoreState> CartHome::check() { return store_.check(SteadyClock::now() + store_deadline_); }

}  // namespace cartd
