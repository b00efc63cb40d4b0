#include "service/cart_service.h"

#include "domain/limits.h"
#include "journal/journal.h"
#include "outbox/outbox.h"
#include "runtime/log.h"
#include "service/cart_home.h"
#include "service/checkouts.h"
#include "service/idempotency.h"
#include "service/transfers.h"
#include "store/shard.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace cartd {
namespace {

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

Error no_such_letter() { return {Errc::not_found, "dead letter not found"}; }

/// `journal` may be null.
boost::asio::awaitable<Result<DeadLetter>> letter_of(Journal* journal, CommandId command_id) {
  if (!journal) co_return no_such_letter();
  Result<DeadLetter> letter = co_await journal->dead_letter(command_id);
  if (!letter && letter.error().code == Errc::not_found) co_return no_such_letter();
  co_return letter;
}

/// For an answer that needs nobody else.
boost::asio::awaitable<Result<ChangeResult>> refuse(Error error) { co_return error; }

}  // namespace

CartService::CartService(Reactors& reactors, std::vector<Shard>& shards, const Clock& clock, Metrics& metrics,
                         Journal* journal, CartServiceOptions options)
    : reactors_(reactors),
      journal_(journal),
      options_(std::move(options)),
      metrics_(metrics),
      outbox_memory_(options_.outbox_memory),
      outbox_metrics_(std::make_unique<OutboxMetrics>(
          metrics, options_.outbox_memory, journal ? JournalingLog::Place::journal : JournalingLog::Place::memory)) {
  OutboxOptions outbox_options;
  outbox_options.attempt = options_.store_deadline;
  outbox_options.retention = options_.retention;
  outbox_options.memory_while_away = options_.memory_while_away;
  outbox_options.max_memory = options_.outbox_memory / reactors.size();
  for (std::size_t i = 0; i < reactors.size(); ++i)
    homes_.push_back(std::make_unique<CartHome>(reactors[i], *shards[i].carts, options_.policy, clock, journal,
                                                outbox_memory_, metrics_, *outbox_metrics_, outbox_options,
                                                options_.store_deadline));
  for (std::size_t i = 0; i < reactors.size(); ++i)
    checkouts_.push_back(
        std::make_unique<Checkouts>(reactors, *homes_[i], *shards[i].carts, options_, clock, metrics_));
  transfers_ = std::make_unique<Transfers>([this](CartId id) { return find(std::move(id)); },
                                           [this](CartId id, Change change, Detail detail) {
                                             return this->change(std::move(id), std::move(change), detail);
                                           });
  for (const auto& home : homes_)
    home->resume_transfers_by([this](CartId source, std::shared_ptr<const Transfer> transfer) {
      return transfers_->finish(std::move(source), std::move(transfer));
    });
}

CartService::~CartService() = default;

void CartService::start() {
  std::vector<std::vector<JournalRecord>> by_home(homes_.size());
  if (journal_) {
    std::vector<JournalRecord> recovered = journal_->take_recovered();
    if (!recovered.empty())
      log(LogLevel::info, "the journal has changes of an earlier process; sending them to Redis",
          {{"changes", recovered.size()}});
    for (JournalRecord& record : recovered) by_home[reactors_.home(record.cart.str())].push_back(std::move(record));
  }
  for (std::size_t i = 0; i < homes_.size(); ++i) {
    homes_[i]->outbox().recover(std::move(by_home[i]));
    homes_[i]->outbox().start();
  }
}

void CartService::stop() {
  for (const auto& home : homes_)
    boost::asio::post(home->reactor().io(), [&outbox = home->outbox()] { outbox.stop(); });
}

boost::asio::awaitable<Result<CartView>> CartService::find(CartId id) {
  CartHome& home = home_of(id);
  return run_on(home.reactor(), home.find(std::move(id)));
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
  if (auto valid = validate(command, options_.policy.limits); !valid) {
    metrics_.count_change(kind(command), valid.error().code);
    return refuse(std::move(valid).error());
  }
  Change change{std::move(command)};
  if (conditions.idempotency_key) change.idempotency = idempotency_of(*conditions.idempotency_key, change.command);
  if (conditions.cart) change.expected_version = only_version(*conditions.cart);
  const bool ask_first = conditions.cart && !change.expected_version;
  return ask_first ? change_when(std::move(id), std::move(change), std::move(*conditions.cart), detail)
                   : this->change(std::move(id), std::move(change), detail);
}

boost::asio::awaitable<Result<ChangeResult>> CartService::change(CartId id, Change change, Detail detail) {
  CartHome& home = home_of(id);
  return run_on(home.reactor(), home.change(std::move(id), std::move(change), detail));
}

/// Where nothing but the cart itself can say which version it has to have.
boost::asio::awaitable<Result<ChangeResult>> CartService::change_when(CartId id, Change change, CartCondition condition,
                                                                      Detail detail) {
  // Between asking and changing, another client may have changed the cart: then what was asked is out of date.
  constexpr int attempts = 5;
  for (int attempt = 1;; ++attempt) {
    const Result<CartView> found = co_await find(id);
    if (!found) co_return found.error();
    if (found->degraded) co_return degraded();
    const bool last = attempt == attempts || !holds(condition, found->cart);
    change.expected_version = expected_version(condition, found->cart);
    Result<ChangeResult> changed = co_await this->change(id, change, detail);
    if (last || changed || changed.error().code != Errc::version_mismatch) co_return changed;
  }
}

boost::asio::awaitable<Result<MergeResult>> CartService::merge(CartId target, MergeRequest request) {
  const Command first = BeginTransfer{"", target, request.policy, request.lines};
  if (auto valid = validate(first, options_.policy.limits); !valid) {
    metrics_.count_change(kind(first), valid.error().code);
    co_return valid.error();
  }
  co_return co_await transfers_->merge(std::move(target), std::move(request));
}

/// Does `work` on the Checkouts at the home of `name`.
template <class Work>
auto CartService::at_checkouts(std::string_view name, Work work) {
  const std::size_t home = reactors_.home(name);
  return run_on(reactors_[home], work(*checkouts_[home]));
}

boost::asio::awaitable<Result<CheckoutView>> CartService::begin_checkout(CartId cart, CheckoutRequest request) {
  const std::string name = cart.str();
  return at_checkouts(name, [&](Checkouts& its) { return its.begin(std::move(cart), std::move(request)); });
}

boost::asio::awaitable<Result<CheckoutView>> CartService::complete_checkout(CartId cart, CheckoutId id,
                                                                            std::string payment_ref, bool is_strict) {
  const std::string name = cart.str();
  return at_checkouts(name, [&](Checkouts& its) {
    return its.complete(std::move(cart), std::move(id), std::move(payment_ref), is_strict);
  });
}

boost::asio::awaitable<Result<CheckoutView>> CartService::abort_checkout(CartId cart, CheckoutId id) {
  const std::string name = cart.str();
  return at_checkouts(name, [&](Checkouts& its) { return its.abort(std::move(cart), std::move(id)); });
}

boost::asio::awaitable<Result<CheckoutView>> CartService::find_checkout(CartId cart, CheckoutId id) {
  const std::string name = cart.str();
  return at_checkouts(name, [&](Checkouts& its) { return its.find(std::move(cart), std::move(id)); });
}

boost::asio::awaitable<Result<std::vector<CheckoutSummary>>> CartService::checkouts(CartId cart) {
  const std::string name = cart.str();
  return at_checkouts(name, [&](Checkouts& its) { return its.list(std::move(cart)); });
}

boost::asio::awaitable<Result<std::vector<CheckoutView>>> CartService::orders(CartId cart) {
  const std::string name = cart.str();
  return at_checkouts(name, [&](Checkouts& its) { return its.orders(std::move(cart)); });
}

boost::asio::awaitable<Result<CheckoutView>> CartService::find_order(CheckoutId id) {
  const Error none{Errc::not_found, "order not found"};
  auto look = at_checkouts(id.str(), [&](Checkouts& its) { return its.look_up(id); });
  const auto looked_up = co_await std::move(look);
  if (!looked_up) co_return looked_up.error();
  if (!*looked_up) co_return none;
  // Its cart's home knows more: what a failover lost comes back there.
  const CartId cart = (*looked_up)->cart;
  auto found = co_await find_checkout(cart, std::move(id));
  if (found && !found->checkout->order) co_return none;
  co_return found;
}

boost::asio::awaitable<StoreReport> CartService::check() {
  for (const auto& home : homes_) {
    StoreState state = co_await run_on(home->reactor(), home->check());
    if (!state.ready) co_return StoreReport{false, std::move(state.detail)};
  }
  co_return StoreReport{true, ""};
}

OutboxReport CartService::outbox() const {
  OutboxReport report{static_cast<std::int64_t>(outbox_metrics_->pending.value()),
                      static_cast<std::int64_t>(outbox_metrics_->unconfirmed.value()),
                      outbox_metrics_->oldest_pending(), outbox_memory_.used(), outbox_memory_.bound()};
  report.acknowledged = static_cast<std::int64_t>(outbox_metrics_->acknowledged.value());
  if (journal_) report.journal = report_of(journal_->figures());
  else report.takes_while_away = options_.memory_while_away;
  return report;
}

boost::asio::awaitable<Result<std::vector<DeadLetterReport>>> CartService::dead_letters(std::optional<CommandId> after,
                                                                                        std::size_t limit) {
  std::vector<DeadLetterReport> reports;
  if (!journal_) co_return reports;
  Result<std::vector<DeadLetter>> letters = co_await journal_->dead_letters(after, limit);
  if (!letters) co_return letters.error();
  for (DeadLetter& letter : *letters) reports.push_back(report_of(std::move(letter)));
  co_return reports;
}

boost::asio::awaitable<Result<DeadLetterReport>> CartService::dead_letter(CommandId command_id) {
  Result<DeadLetter> letter = co_await letter_of(journal_, command_id);
  if (!letter) co_return letter.error();
  co_return report_of(std::move(*letter));
}

boost::asio::awaitable<Result<void>> CartService::retry_dead_letter(CommandId command_id) {
  Result<DeadLetter> letter = co_await letter_of(journal_, command_id);
  if (!letter) co_return letter.error();
  CartHome& home = home_of(letter->record.cart);
  co_return co_await run_on(home.reactor(), home.outbox().retry(std::move(*letter)));
}

boost::asio::awaitable<Result<void>> CartService::drop_dead_letter(CommandId command_id) {
  if (!journal_) co_return no_such_letter();
  co_return co_await journal_->drop(command_id);
}

}  // namespace cartd
