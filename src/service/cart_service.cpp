#include "service/cart_service.h"

#include "domain/limits.h"
#include "journal/journal.h"
#include "outbox/core/producer.h"
#include "outbox/outbox.h"
#include "runtime/log.h"
#include "service/cart_metrics.h"
#include "service/idempotency.h"
#include "store/shard.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

namespace cartd {
namespace {

using SteadyClock = Deadline::clock;

CartView view_of(Cart cart, const Knowledge& knowledge) {
  return {std::move(cart), knowledge.durability, knowledge.degraded, knowledge.partial};
}

JournalReport report_of(const JournalFigures& figures) {
  return {figures.state == JournalState::working,
          to_string(figures.state),
          figures.failure,
          figures.live_records,
          figures.live_bytes,
          figures.max_bytes,
          figures.dead_letters};
}

DeadLetterReport report_of(DeadLetter letter) {
  const std::chrono::sys_time<std::chrono::microseconds> stamped(
      std::chrono::microseconds(letter.record.command_id.sequence));
  return {letter.record.command_id, std::move(letter.record.cart),       std::move(letter.record.change.command),
          std::move(letter.reason), std::chrono::floor<Millis>(stamped), letter.at};
}

Error degraded() { return {Errc::degraded, "Redis is unreachable and If-Match needs it; nothing was changed"}; }

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

/// The service's state for one event loop.
struct Home {
  Home(Reactor& its_reactor, CartStore& its_store, Producer producer, const Policy& policy, const Clock& clock,
       Journal* journal, OutboxMetrics& metrics, const OutboxOptions& options)
      : reactor(its_reactor),
        store(its_store),
        outbox(its_reactor.io().get_executor(), its_store, producer, policy, clock, journal, metrics, options) {}

  Reactor& reactor;
  CartStore& store;
  Outbox outbox;
  std::unordered_set<std::string> keys_under_way{};
};

}  // namespace

class CartService::Impl {
 public:
  Impl(Reactors& reactors, std::vector<Shard>& shards, const Clock& clock, Metrics& metrics, Journal* journal,
       CartServiceOptions options)
      : reactors_(reactors),
        journal_(journal),
        metrics_(metrics),
        outbox_metrics_(metrics),
        options_(std::move(options)) {
    OutboxOptions outbox_options;
    outbox_options.attempt = options_.store_deadline;
    outbox_options.retention = options_.retention;
    outbox_options.max_unconfirmed = std::max<std::size_t>(1, options_.max_retained / reactors.size());
    for (std::size_t i = 0; i < reactors.size(); ++i)
      homes_.push_back(std::make_unique<Home>(reactors[i], *shards[i].carts, Producer(fresh_producer_id()),
                                              options_.policy, clock, journal, outbox_metrics_, outbox_options));
  }

  void start() {
    std::vector<std::vector<JournalRecord>> by_home(homes_.size());
    if (journal_) {
      std::vector<JournalRecord> recovered = journal_->take_recovered();
      if (!recovered.empty())
        log(LogLevel::info, "the journal has changes of an earlier process; sending them to Redis",
            {{"changes", recovered.size()}});
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

  /// Where nothing but the cart itself can say which version it has to have.
  boost::asio::awaitable<Result<Acknowledged>> change_when(CartId id, Command command, CartCondition condition,
                                                           std::optional<IdempotencyKey> key, Answer answer) {
    // Between asking and changing, another client may have changed the cart: then what was asked is out of date.
    constexpr int attempts = 5;
    for (int attempt = 1;; ++attempt) {
      const Result<Found> found = co_await find(id);
      if (!found) co_return found.error();
      if (found->knowledge.degraded) co_return degraded();
      const bool last = attempt == attempts || !holds(condition, found->cart);
      const std::optional<std::uint64_t> expected = expected_version(condition, found->cart);
      Result<Acknowledged> changed = co_await change(id, command, expected, key, answer);
      if (last || changed || changed.error().code != Errc::version_mismatch) co_return changed;
    }
  }

  boost::asio::awaitable<Result<Acknowledged>> change(CartId id, Command command, std::optional<std::uint64_t> expected,
                                                      std::optional<IdempotencyKey> key, Answer answer) {
    if (auto valid = validate(command, options_.policy.limits); !valid) {
      metrics_.count_change(kind(command), valid.error().code);
      co_return valid.error();
    }
    Change change{std::move(command), expected, std::nullopt};
    if (key) change.idempotency = idempotency_of(*key, change.command);
    Home& home = home_of(id);
    co_return co_await run_on(home.reactor, change_at_home(home, std::move(id), std::move(change), answer));
  }

  boost::asio::awaitable<StoreReport> check() {
    for (const auto& home : homes_) {
      StoreState state =
          co_await run_on(home->reactor, home->store.check(SteadyClock::now() + options_.store_deadline));
      if (!state.ready) co_return StoreReport{false, std::move(state.detail)};
    }
    co_return StoreReport{true, ""};
  }

  OutboxReport outbox() const {
    OutboxReport report{static_cast<std::int64_t>(outbox_metrics_.pending.value()),
                        static_cast<std::int64_t>(outbox_metrics_.unconfirmed.value()),
                        outbox_metrics_.oldest_pending()};
    if (journal_) report.journal = report_of(journal_->figures());
    return report;
  }

  std::vector<DeadLetterReport> dead_letters(std::optional<CommandId> after, std::size_t limit) const {
    std::vector<DeadLetterReport> reports;
    if (!journal_) return reports;
    for (const auto& letter : journal_->dead_letters(after, limit)) reports.push_back(report_of(*letter));
    return reports;
  }

  std::optional<DeadLetterReport> dead_letter(CommandId command_id) const {
    const auto letter = journal_ ? journal_->dead_letter(command_id) : nullptr;
    return letter ? std::optional(report_of(*letter)) : std::nullopt;
  }

  boost::asio::awaitable<Result<void>> retry_dead_letter(CommandId command_id) {
    const auto letter = journal_ ? journal_->dead_letter(command_id) : nullptr;
    if (!letter) co_return no_such_letter();
    Home& home = home_of(letter->record.cart);
    DeadLetter copy = *letter;
    co_return co_await run_on(home.reactor, home.outbox.retry(std::move(copy)));
  }

  boost::asio::awaitable<Result<void>> drop_dead_letter(CommandId command_id) {
    if (!journal_) co_return no_such_letter();
    co_return co_await journal_->drop(command_id);
  }

 private:
  static Error no_such_letter() { return {Errc::not_found, "dead letter not found"}; }

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
      if (!hold->taken()) co_return Error{Errc::in_flight, "a change with this Idempotency-Key is still running"};
    }
    const auto start = SteadyClock::now();
    Result<Acknowledged> applied =
        co_await home.outbox.submit(std::move(id), std::move(change), answer, start + options_.store_deadline);
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

CartService::CartService(Reactors& reactors, std::vector<Shard>& shards, const Clock& clock, Metrics& metrics,
                         Journal* journal, CartServiceOptions options)
    : impl_(std::make_unique<Impl>(reactors, shards, clock, metrics, journal, std::move(options))) {}

CartService::~CartService() = default;

boost::asio::awaitable<Result<CartView>> CartService::find(CartId id) {
  Result<Found> found = co_await impl_->find(std::move(id));
  if (!found) co_return found.error();
  co_return view_of(std::move(found->cart), found->knowledge);
}

boost::asio::awaitable<Result<CartView>> CartService::find(CartId id, CartCondition condition) {
  Result<CartView> view = co_await find(std::move(id));
  if (!view) co_return view;
  if (view->degraded) co_return degraded();
  if (holds(condition, view->cart)) co_return view;
  Error error{Errc::version_mismatch, "the cart has another version"};
  error.current_version = view->cart.version;
  co_return error;
}

boost::asio::awaitable<Result<ChangeResult>> CartService::change(CartId id, Command command, Conditions conditions,
                                                                 Detail detail) {
  const Answer answer = detail == Detail::full ? Answer::full : Answer::version;
  const std::optional<std::uint64_t> expected = conditions.cart ? only_version(*conditions.cart) : std::nullopt;
  const bool ask_first = conditions.cart && !expected;
  auto changed = ask_first ? impl_->change_when(std::move(id), std::move(command), std::move(*conditions.cart),
                                                std::move(conditions.idempotency_key), answer)
                           : impl_->change(std::move(id), std::move(command), expected,
                                           std::move(conditions.idempotency_key), answer);
  Result<Acknowledged> result = co_await std::move(changed);
  if (!result) co_return result.error();
  co_return ChangeResult{view_of(std::move(result->cart), result->knowledge), result->outcome.effect};
}

boost::asio::awaitable<StoreReport> CartService::check() { return impl_->check(); }

OutboxReport CartService::outbox() const { return impl_->outbox(); }

std::vector<DeadLetterReport> CartService::dead_letters(std::optional<CommandId> after, std::size_t limit) const {
  return impl_->dead_letters(after, limit);
}

std::optional<DeadLetterReport> CartService::dead_letter(CommandId command_id) const {
  return impl_->dead_letter(command_id);
}

boost::asio::awaitable<Result<void>> CartService::retry_dead_letter(CommandId command_id) {
  return impl_->retry_dead_letter(command_id);
}

boost::asio::awaitable<Result<void>> CartService::drop_dead_letter(CommandId command_id) {
  return impl_->drop_dead_letter(command_id);
}

void CartService::start() { impl_->start(); }

void CartService::stop() { impl_->stop(); }

}  // namespace cartd
