#include "outbox/outbox.h"

#include "runtime/scope_exit.h"
#include "runtime/spawn.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <type_traits>
#include <utility>

namespace cartd {

namespace asio = boost::asio;
using namespace outbox;

namespace {

/// How often the journal is asked which producers are dead.
constexpr std::chrono::minutes producers_interval(1);

template <class Reply>
constexpr bool is_store_action = std::is_same_v<Reply, LoadCart> || std::is_same_v<Reply, CommitCart> ||
                                 std::is_same_v<Reply, AddToCart> || std::is_same_v<Reply, ReadCart>;

const CartId& cart_of(const LoadCart& action) { return action.cart; }
const CartId& cart_of(const CommitCart& action) { return action.commit.cart; }
const CartId& cart_of(const AddToCart& action) { return action.add.cart; }
const CartId& cart_of(const ReadCart& action) { return action.cart; }

/// A store that throws has a defect; what it was asked may have been done.
Error defect_of_store(const std::exception& defect) {
  log(LogLevel::error, "the store failed unexpectedly", {{"what", defect.what()}});
  return {Errc::outcome_unknown, "the store failed; the change may have been applied"};
}

Error outbox_full() {
  return {Errc::outbox_full, "the changes that wait for Redis take all of --outbox-memory; nothing was changed"};
}

}  // namespace

Outbox::Outbox(asio::any_io_executor executor, CartStore& store, Producer producer, const Policy& policy,
               const Clock& clock, Journal* journal, MemoryBudget& memory, OutboxMetrics& metrics,
               const OutboxOptions& options)
    : executor_(std::move(executor)),
      store_(store),
      clock_(clock),
      journal_(journal),
      memory_(memory),
      metrics_(metrics),
      options_(options),
      core_(store, producer, policy, journal != nullptr, options),
      timer_(executor_) {}

void Outbox::recover(std::vector<JournalRecord> records) {
  core_.recover(std::move(records), now());
  publish_changes();
}

void Outbox::start() {
  asio::post(executor_, [this] {
    const Instant at = now();
    core_.start(at);
    drop_dead_producers(at);
    state_published_ = SteadyTime{};
    perform();
  });
}

void Outbox::stop() {
  core_.stop();
  state_published_.reset();
  timer_.cancel();
  timer_at_.reset();
  perform();
}

// --- Requests ---

std::optional<Error> Outbox::memory_refusal() {
  if (!memory_.is_full()) return std::nullopt;
  metrics_.memory_refusals.add();
  return outbox_full();
}

std::optional<Error> Outbox::refusal() {
  if (std::optional<Error> refusal = journal_ ? journal_->refusal() : std::nullopt) return refusal;
  return memory_refusal();
}

asio::awaitable<Result<Acknowledged>> Outbox::submit(CartId id, Change change, Answer answer, Deadline deadline) {
  auto begin = [this, to_do = std::move(change), answer, deadline](const Own* own) mutable {
    core_.submit({own->request, own->cart, std::move(to_do), answer, deadline, refusal()}, now());
    return perform(own);
  };
  return work<Result<Acknowledged>>(std::move(id), std::move(begin));
}

asio::awaitable<Result<Found>> Outbox::find(CartId id, Deadline deadline) {
  auto begin = [this, deadline](const Own* own) {
    core_.find(own->request, own->cart, deadline, now());
    return perform(own);
  };
  return work<Result<Found>>(std::move(id), begin);
}

asio::awaitable<Result<void>> Outbox::retry(DeadLetter letter) {
  if (std::optional<Error> refusal = memory_refusal()) co_return std::move(*refusal);
  const RequestId request = open();
  // The caller does not wait as long as the disk may take.
  core_.retry(request, std::move(letter), fresh_producer_id(), Deadline::clock::now() + 2 * journal_->deadline(),
              now());
  perform();
  if (!slots_[request].is_complete()) co_await wait(request);
  co_return close<Result<void>>(request);
}

RequestId Outbox::open() {
  if (free_slots_.empty()) {
    slots_.emplace_back();
    return slots_.size() - 1;
  }
  const RequestId request = free_slots_.back();
  free_slots_.pop_back();
  return request;
}

template <class T>
T Outbox::close(RequestId request) {
  Slot& slot = slots_[request];
  T result = std::move(std::get<T>(slot.result));
  slot.result = std::monostate{};
  free_slots_.push_back(request);
  return result;
}

asio::awaitable<void> Outbox::wait(RequestId request) {
  auto keep = [this, request](auto handler) { slots_[request].waiter = Completion<>(std::move(handler)); };
  return asio::async_initiate<const asio::use_awaitable_t<>, void()>(keep, asio::use_awaitable);
}

template <class T>
void Outbox::complete(RequestId request, T result) {
  Slot& slot = slots_[request];
  slot.result = std::move(result);
  if (slot.waiter) slot.waiter.post();
}

// --- Actions ---

// Carries out what the core wants done. A question to the store about the cart of `own`, if its request is not
// complete, is left to the caller.
std::optional<Action> Outbox::perform(const Own* own) {
  // Work begun here may call back at once: the outer call goes on with its result.
  if (is_performing_) return std::nullopt;
  std::optional<Action> left;
  {
    is_performing_ = true;
    const ScopeExit done([this] { is_performing_ = false; });
    for (core_.take_actions(batch_); !batch_.empty(); core_.take_actions(batch_)) {
      std::vector<Action> actions = std::exchange(batch_, {});
      for (Action& action : actions) {
        std::visit(
            [&](auto& what) {
              if constexpr (is_store_action<std::decay_t<decltype(what)>>) {
                CartId cart = cart_of(what);
                if (own && !left && cart == own->cart) left = std::move(what);
                else begin_work(std::move(cart), std::move(what));
              } else {
                begin(std::move(what));
              }
            },
            action);
      }
      actions.clear();
      batch_ = std::move(actions);
    }
  }
  if (left && slots_[own->request].is_complete()) begin_work(own->cart, *std::exchange(left, std::nullopt));
  publish_changes();
  set_timer();
  return left;
}

// Asks the store what `begin` leaves to be asked. With a request, which `begin` is given, it goes on with the groups of
// the request's cart until the request is complete, and answers its result; without one it asks this one question.
template <class T, class Begin>
asio::awaitable<T> Outbox::work(CartId cart, Begin begin) {
  constexpr bool has_request = !std::is_void_v<T>;
  const RequestId request = has_request ? open() : RequestId{};
  const Own of_request{request, cart};
  const Own* const own = has_request ? &of_request : nullptr;
  std::optional<Action> next = begin(own);
  while (next) {
    auto* const commit = std::get_if<CommitCart>(&*next);
    auto* const add = std::get_if<AddToCart>(&*next);
    auto* const read = std::get_if<ReadCart>(&*next);
    std::optional<Result<Committed>> committed;
    std::optional<Result<Added>> added;
    std::optional<Result<Loaded>> loaded;
    try {
      if (commit) committed.emplace(co_await store_.commit(std::move(commit->commit)));
      else if (add) added.emplace(co_await store_.add(std::move(add->add)));
      else loaded.emplace(co_await store_.load(cart, read ? read->deadline : std::get<LoadCart>(*next).deadline));
    } catch (const std::exception& defect) {
      if (commit) committed.emplace(defect_of_store(defect));
      else if (add) added.emplace(defect_of_store(defect));
      else loaded.emplace(defect_of_store(defect));
    }
    if (commit) core_.committed(cart, std::move(*committed), now());
    else if (add) core_.added(cart, std::move(*added), now());
    else if (read) core_.read(*read, std::move(*loaded), now());
    else core_.loaded(cart, std::move(*loaded), now());
    next = perform(own);
  }
  if constexpr (has_request) {
    if (!slots_[request].is_complete()) co_await wait(request);
    co_return close<T>(request);
  }
}

void Outbox::begin_work(CartId cart, Action question) {
  auto begin = [first = std::optional(std::move(question))](const Own*) mutable { return std::move(first); };
  in_background("send a cart's changes", work<void>(std::move(cart), std::move(begin)));
}

void Outbox::in_background(const char* name, asio::awaitable<void> task) { spawn(executor_, name, std::move(task)); }

void Outbox::begin(Append action) {
  auto append = [](Outbox& outbox, JournalRecord record) -> asio::awaitable<void> {
    const CommandId command_id = record.command_id;
    Result<void> result = co_await outbox.journal_->append(std::move(record));
    outbox.core_.appended(command_id, std::move(result), outbox.now());
    outbox.perform();
  };
  in_background("write a change to the journal", append(*this, std::move(action.record)));
}

void Outbox::begin(Accept action) {
  auto accept = [](Outbox& outbox, CommandId command_id) -> asio::awaitable<void> {
    Result<void> result = co_await outbox.journal_->accept(command_id);
    outbox.core_.accepted(command_id, std::move(result), outbox.now());
    outbox.perform();
  };
  in_background("accept a change in the journal", accept(*this, action.command_id));
}

void Outbox::begin(Release action) { journal_->release(std::move(action.command_ids)); }

void Outbox::begin(ReleaseNow action) {
  auto release = [](Outbox& outbox, CommandId command_id) -> asio::awaitable<void> {
    Result<void> result = co_await outbox.journal_->release_now(command_id);
    outbox.core_.released(command_id, std::move(result), outbox.now());
    outbox.perform();
  };
  in_background("take a change out of the journal", release(*this, action.command_id));
}

void Outbox::begin(KeepDeadLetter action) {
  if (const auto left_out = dead_letter_lines_.pass())
    log(LogLevel::error,
        journal_ ? "an acknowledged change became a dead letter; see cartctl outbox"
                 : "an acknowledged change is lost: it cannot be applied, and without a journal nothing keeps it",
        {{"cart", action.record.cart.str()}, {"why", action.reason}, {"left_out", *left_out}});
  if (journal_) journal_->keep_dead_letter(std::move(action.record), std::move(action.reason), action.at);
}

void Outbox::begin(Revive action) {
  auto revive = [](Outbox& outbox, CommandId dead, JournalRecord renewed) -> asio::awaitable<void> {
    const CommandId command_id = renewed.command_id;
    Result<void> result = co_await outbox.journal_->revive(dead, std::move(renewed));
    outbox.core_.revived(command_id, std::move(result), outbox.now());
    outbox.perform();
  };
  in_background("retry a dead letter", revive(*this, action.dead, std::move(action.renewed)));
}

// --- Time and figures ---

void Outbox::set_timer() {
  const std::optional<SteadyTime> at = core_.wake_at();
  if (!at || (timer_at_ && *timer_at_ <= *at)) return;
  timer_at_ = at;
  timer_.expires_at(*at);
  timer_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) on_timer();
  });
}

void Outbox::on_timer() {
  timer_at_.reset();
  const Instant at = now();
  drop_dead_producers(at);
  core_.tick(at);
  if (state_published_ && at.steady - *state_published_ >= options_.tick) publish_state();
  perform();
}

void Outbox::drop_dead_producers(Instant at) {
  if (!journal_ || (producers_asked_ && at.steady - *producers_asked_ < producers_interval)) return;
  producers_asked_ = at.steady;
  core_.drop_producers(journal_->dead_producers(at.wall_ms()));
}

void Outbox::publish_state() {
  const Instant at = now();
  state_published_ = at.steady;
  metrics_.publish(this, core_.oldest_pending(at));
  if (metrics_.waits_for_delivery(this)) metrics_.publish_owing(this, core_.has_unapplied_acknowledgements());
  if (journal_) metrics_.publish(journal_->figures());
}

void Outbox::publish_changes() {
  const OutboxFigures figures = core_.figures();
  if (figures == published_) return;
  memory_.resize(published_.memory, figures.memory);
  metrics_.publish(this, published_, figures);
  published_ = figures;
}

}  // namespace cartd
