#include "service/cart_service.h"

#include "domain/limits.h"
#include "outbox/stamper.h"
#include "runtime/log.h"
#include "service/cart_metrics.h"
#include "service/idempotency.h"

#include <boost/asio/post.hpp>

#include <algorithm>
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
  Home(Reactor& its_reactor, CartStore& its_store, Stamper stamper, const Policy& policy, const Clock& clock, Journal* journal,
       OutboxMetrics& metrics, const OutboxOptions& options)
      : reactor(its_reactor),
        store(its_store),
        outbox(its_reactor.io().get_executor(), its_store, stamper, policy, clock, journal, metrics, options) {}

  Reactor& reactor;
  CartStore& store;
  Outbox outbox;
  std::unordered_set<std::string> keys_under_way{};
};

}  // namespace

class CartService::Impl {
 public:
  Impl(Reactors& reactors, std::vector<Shard>& shards, const Clock& clock, Metrics& metrics, Journal* journal, CartServiceOptions options)
      : reactors_(reactors), journal_(journal), metrics_(metrics), outbox_metrics_(metrics), options_(std::move(options)) {
    OutboxOptions outbox_options;
    outbox_options.attempt = options_.store_deadline;
    outbox_options.retention = options_.retention;
    outbox_options.max_retained = std::max<std::size_t>(1, options_.max_retained / reactors.size());
    outbox_options.max_seen = std::max<std::size_t>(1, options_.max_seen / reactors.size());
    for (std::size_t i = 0; i < reactors.size(); ++i)
      homes_.push_back(std::make_unique<Home>(reactors[i], *shards[i].carts, Stamper(fresh_lane(), clock), options_.policy, clock, journal,
                                              outbox_metrics_, outbox_options));
  }

  void start() {
    std::vector<std::vector<JournalRecord>> by_home(homes_.size());
    if (journal_) {
      std::vector<JournalRecord> recovered = journal_->take_recovered();
      if (!recovered.empty())
        log(LogLevel::info, "the journal holds changes of an earlier process: they go to Redis now", {{"changes", recovered.size()}});
      for (JournalRecord& record : recovered) by_home[reactors_.home(record.cart.str())].push_back(std::move(record));
    }
    for (std::size_t i = 0; i < homes_.size(); ++i) {
      homes_[i]->outbox.recover(std::move(by_home[i]));
      homes_[i]->outbox.start();
    }
  }

  void stop() {
    for (const auto& home : homes_) boost::asio::post(home->reactor.io(), [&outbox = home->outbox] { outbox.stop(); });
  }

  boost::asio::awaitable<Result<Found>> find(CartId id) {
    Home& home = home_of(id);
    co_return co_await run_on(home.reactor, find_at_home(home, std::move(id)));
  }

  boost::asio::awaitable<Result<Acknowledged>> change(CartId id, Command command, Conditions conditions, Answer answer) {
    if (auto valid = validate(command, options_.policy.limits); !valid) {
      metrics_.count_change(kind(command), valid.error().code);
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

  OutboxStatus outbox() const {
    OutboxStatus status{static_cast<std::int64_t>(outbox_metrics_.pending.value()),
                        static_cast<std::int64_t>(outbox_metrics_.unsettled.value()), outbox_metrics_.oldest_pending()};
    if (journal_) status.journal = journal_->figures();
    return status;
  }

  std::vector<DeadLetter> dead_letters() const { return journal_ ? journal_->dead_letters() : std::vector<DeadLetter>(); }

  boost::asio::awaitable<Result<void>> retry_dead_letter(Stamp stamp) {
    std::optional<DeadLetter> letter = journal_ ? journal_->dead_letter(stamp) : std::nullopt;
    if (!letter) co_return no_such_letter();
    Home& home = home_of(letter->record.cart);
    co_return co_await run_on(home.reactor, home.outbox.retry(std::move(*letter)));
  }

  boost::asio::awaitable<Result<void>> drop_dead_letter(Stamp stamp) {
    if (!journal_) co_return no_such_letter();
    co_return co_await journal_->drop(stamp);
  }

 private:
  static Error no_such_letter() { return {Errc::not_found, "there is no such dead letter"}; }

  Home& home_of(const CartId& id) { return *homes_[reactors_.home(id.str())]; }

  boost::asio::awaitable<Result<Found>> find_at_home(Home& home, CartId id) {
    const auto start = SteadyClock::now();
    Result<Found> found = co_await home.outbox.find(std::move(id), start + options_.store_deadline);
    metrics_.observe_find(SteadyClock::now() - start);
    if (found) metrics_.count_read(exists(found->cart));
    co_return found;
  }

  boost::asio::awaitable<Result<Acknowledged>> change_at_home(Home& home, CartId id, Change change, Answer answer) {
    const CommandKind kind = cartd::kind(change.command);
    Result<Acknowledged> applied = co_await submit(home, std::move(id), std::move(change), answer);
    if (!applied) {
      metrics_.count_change(kind, applied.error().code);
      co_return applied;
    }
    metrics_.count_change(kind, applied->outcome.effect);
    if (answer == Answer::full) metrics_.observe_lines(applied->cart.lines.size());
    co_return applied;
  }

  boost::asio::awaitable<Result<Acknowledged>> submit(Home& home, CartId id, Change change, Answer answer) {
    std::optional<KeyHold> hold;
    if (change.idempotency) {
      hold.emplace(home.keys_under_way, id, *change.idempotency);
      if (!hold->taken()) co_return Error{Errc::in_flight, "a change with this Idempotency-Key is still under way"};
    }
    const auto start = SteadyClock::now();
    Result<Acknowledged> applied = co_await home.outbox.submit(std::move(id), std::move(change), answer, start + options_.store_deadline);
    metrics_.observe_apply(SteadyClock::now() - start);
    co_return applied;
  }

  Reactors& reactors_;
  Journal* const journal_;
  CartMetrics metrics_;
  OutboxMetrics outbox_metrics_;
  CartServiceOptions options_;
  std::vector<std::unique_ptr<Home>> homes_;
};

CartService::CartService(Reactors& reactors, std::vector<Shard>& shards, const Clock& clock, Metrics& metrics, Journal* journal,
                         CartServiceOptions options)
    : impl_(std::make_unique<Impl>(reactors, shards, clock, metrics, journal, std::move(options))) {}

CartService::~CartService() = default;

boost::asio::awaitable<Result<Found>> CartService::find(CartId id) { return impl_->find(std::move(id)); }

boost::asio::awaitable<Result<Acknowledged>> CartService::change(CartId id, Command command, Conditions conditions, Answer answer) {
  return impl_->change(std::move(id), std::move(command), std::move(conditions), answer);
}

boost::asio::awaitable<StoreState> CartService::check() { return impl_->check(); }

OutboxStatus CartService::outbox() const { return impl_->outbox(); }

std::vector<DeadLetter> CartService::dead_letters() const { return impl_->dead_letters(); }

boost::asio::awaitable<Result<void>> CartService::retry_dead_letter(Stamp stamp) { return impl_->retry_dead_letter(stamp); }

boost::asio::awaitable<Result<void>> CartService::drop_dead_letter(Stamp stamp) { return impl_->drop_dead_letter(stamp); }

void CartService::start() { impl_->start(); }

void CartService::stop() { impl_->stop(); }

}  // namespace cartd
