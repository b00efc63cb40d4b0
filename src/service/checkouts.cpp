#include "service/checkouts.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace cartd {
namespace {

Error not_found() { return {Errc::not_found, "checkout not found"}; }
Error store_needed() { return {Errc::degraded, "the store is unreachable and a checkout needs it"}; }

bool is_past(CheckoutState state, Time expires_at, Time now) {
  return state == CheckoutState::open && expires_at <= now;
}

}  // namespace

// What has become an order stays one, whatever the record says.
CheckoutView Checkouts::view_of(std::shared_ptr<const Checkout> checkout, const CheckoutNote* note,
                                Durability durability) const {
  CheckoutState state = note ? note->state : CheckoutState::open;
  if (checkout->order) state = CheckoutState::completed;
  const bool is_expired = is_past(state, checkout->expires_at, now_ms(clock_));
  return {std::move(checkout), state, is_expired, durability};
}

boost::asio::awaitable<Result<CheckoutView>> Checkouts::content_of(CheckoutNote note, Durability durability) {
  auto content = co_await store_.find_checkout(note.id, deadline());
  if (!content) co_return content.error();
  if (!*content) co_return not_found();
  co_return view_of(std::move(*content), &note, durability);
}

boost::asio::awaitable<Result<ChangeResult>> Checkouts::change(CartId cart, Change change) {
  if (auto valid = validate(change.command, options_.policy.limits); !valid) {
    metrics_.count_change(kind(change.command), valid.error().code);
    co_return valid.error();
  }
  co_return co_await home_.change(std::move(cart), std::move(change), Detail::version);
}

boost::asio::awaitable<Result<CheckoutView>> Checkouts::begin(CartId cart, CheckoutRequest request) {
  // GET /v1/orders/{id} names no cart: the order is to be found at the home of its own id.
  const std::size_t here = reactors_.home(cart.str());
  CheckoutId id = store_.new_checkout_id(cart);
  while (reactors_.home(id.str()) != here) id = store_.new_checkout_id(cart);
  Change change{BeginCheckout{id, std::move(request.offers), request.accepts_differences, std::move(request.metadata)},
                request.expected_version};
  auto changed = co_await this->change(cart, std::move(change));
  if (!changed) co_return changed.error();
  if (!changed->checkout) co_return co_await begun(std::move(cart), std::move(id));
  co_return co_await outcome_of(*changed);
}

// The first answer was lost, and the command was found done when it was sent again.
boost::asio::awaitable<Result<CheckoutView>> Checkouts::begun(CartId cart, CheckoutId id) {
  const auto found = co_await home_.find(std::move(cart));
  if (!found) co_return found.error();
  const Time now = now_ms(clock_);
  const CheckoutNote* note = find_note(found->record->checkouts, id);
  for (const CheckoutNote& one : found->record->checkouts)
    if (note == nullptr && is_open(one, now)) note = &one;
  if (note == nullptr) co_return Error{Errc::outcome_unknown, "the checkout that was begun is over already"};
  auto view = co_await content_of(*note, found->durability);
  if (view) view->is_new = note->id == id;
  co_return view;
}

/// What a command about a checkout came to.
boost::asio::awaitable<Result<CheckoutView>> Checkouts::outcome_of(const ChangeResult& changed) {
  const CheckoutOutcome& outcome = *changed.checkout;
  if (!outcome.content) co_return co_await content_of(outcome.note, changed.view.durability);
  CheckoutView view = view_of(outcome.content, &outcome.note, changed.view.durability);
  view.is_new = true;
  co_return view;
}

boost::asio::awaitable<Result<CheckoutView>> Checkouts::find(CartId cart, CheckoutId id) {
  // The cart comes first: reading it brings back what a failover lost.
  const auto found = co_await home_.find(cart);
  if (!found) co_return found.error();
  if (found->degraded) co_return store_needed();
  auto content = co_await store_.find_checkout(id, deadline());
  if (!content) co_return content.error();
  if (!*content || (*content)->cart != cart) co_return not_found();
  co_return view_of(std::move(*content), find_note(found->record->checkouts, id), found->durability);
}

boost::asio::awaitable<Result<CheckoutView>> Checkouts::complete(CartId cart, CheckoutId id, std::string payment_ref,
                                                                 bool is_strict) {
  auto found = co_await find(cart, id);
  if (!found || found->checkout->order) co_return found;
  Change change{CompleteCheckout{found->checkout, std::move(payment_ref), is_strict}};
  auto changed = co_await this->change(cart, std::move(change));
  if (!changed) co_return changed.error();
  if (changed->checkout) co_return co_await outcome_of(*changed);
  auto view = co_await this->find(std::move(cart), std::move(id));
  if (view) view->is_new = true;
  co_return view;
}

boost::asio::awaitable<Result<CheckoutView>> Checkouts::abort(CartId cart, CheckoutId id) {
  Change change{AbortCheckout{id}};
  auto changed = co_await this->change(cart, std::move(change));
  if (!changed) co_return changed.error();
  if (!changed->checkout) co_return co_await find(std::move(cart), std::move(id));
  co_return co_await outcome_of(*changed);
}

boost::asio::awaitable<Result<std::vector<CheckoutSummary>>> Checkouts::list(CartId cart) {
  const auto found = co_await home_.find(std::move(cart));
  if (!found) co_return found.error();
  if (found->degraded) co_return store_needed();
  const Time now = now_ms(clock_);
  std::vector<CheckoutSummary> list;
  for (const CheckoutNote& note : found->record->checkouts)
    if (note.forget_at > now)
      list.push_back({note.id, note.state, is_past(note.state, note.expires_at, now), note.begun_at, note.expires_at});
  std::sort(list.begin(), list.end(), [](const CheckoutSummary& a, const CheckoutSummary& b) {
    return a.begun_at != b.begun_at ? a.begun_at > b.begun_at : a.id > b.id;
  });
  co_return list;
}

boost::asio::awaitable<Result<std::vector<CheckoutView>>> Checkouts::orders(CartId cart) {
  const auto found = co_await home_.find(std::move(cart));
  if (!found) co_return found.error();
  if (found->degraded) co_return store_needed();
  std::vector<CheckoutView> orders;
  for (const CheckoutNote& note : found->record->checkouts) {
    if (note.state != CheckoutState::completed) continue;
    auto content = co_await store_.find_checkout(note.id, deadline());
    if (!content) co_return content.error();
    if (*content && (*content)->order) orders.push_back(view_of(std::move(*content), &note, found->durability));
  }
  std::sort(orders.begin(), orders.end(), [](const CheckoutView& a, const CheckoutView& b) {
    return a.checkout->order->completed_at > b.checkout->order->completed_at;
  });
  co_return orders;
}

boost::asio::awaitable<Result<std::shared_ptr<const Checkout>>> Checkouts::look_up(CheckoutId id) {
  return store_.find_checkout(std::move(id), deadline());
}

}  // namespace cartd
