#include "rest/faulty_store.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace cartd::test {

void Faults::fail_with(std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(error);
}

std::optional<Error> Faults::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Faults::hold() {
  const std::lock_guard lock(mutex_);
  holding_ = true;
}

void Faults::release() {
  const std::lock_guard lock(mutex_);
  holding_ = false;
  for (const auto& timer : held_) boost::asio::post(timer->get_executor(), [timer] { timer->cancel(); });
  held_.clear();
}

bool Faults::wait_until_held(std::size_t count) {
  std::unique_lock lock(mutex_);
  return arrived_.wait_for(lock, std::chrono::seconds(20), [&] { return held_.size() >= count; });
}

bool Faults::take_loss() { return answers_before_loss_ >= 0 && answers_before_loss_.fetch_sub(1) == 0; }

boost::asio::awaitable<void> Faults::pass(boost::asio::any_io_executor executor) {
  auto timer = std::make_shared<boost::asio::steady_timer>(executor, boost::asio::steady_timer::time_point::max());
  {
    const std::lock_guard lock(mutex_);
    if (!holding_) co_return;
    held_.push_back(timer);
  }
  arrived_.notify_all();
  boost::system::error_code released;
  co_await timer->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, released));
}

boost::asio::awaitable<Result<Loaded>> FaultyCartStore::load(CartId id, Deadline deadline) {
  if (auto error = faults_.failure()) co_return *error;
  Result<Loaded> loaded = co_await inner_->load(id, deadline);
  if (loaded) seen_[id] = loaded->snapshot;
  co_return loaded;
}

std::optional<Loaded> FaultyCartStore::known(const CartId& id) {
  const auto found = seen_.find(id);
  return found == seen_.end() ? std::nullopt : std::optional(Loaded{found->second, false});
}

boost::asio::awaitable<Result<Committed>> FaultyCartStore::commit(CommitRequest request) {
  if (auto error = faults_.failure()) co_return *error;
  co_await faults_.pass(executor_);
  const CartId id = request.cart;
  Result<Committed> committed = co_await inner_->commit(std::move(request));
  if (committed && faults_.take_loss()) co_return Error{Errc::outcome_unknown, "lost by the test"};
  if (committed) seen_[id] = committed->snapshot;
  co_return committed;
}

boost::asio::awaitable<Result<std::shared_ptr<const Checkout>>> FaultyCartStore::find_checkout(CheckoutId id,
                                                                                               Deadline deadline) {
  if (auto error = faults_.failure()) co_return *error;
  co_return co_await inner_->find_checkout(std::move(id), deadline);
}

boost::asio::awaitable<Result<CartPage>> FaultyCartStore::scan(ScanRequest request) {
  if (auto error = faults_.failure()) co_return *error;
  co_return co_await inner_->scan(std::move(request));
}

boost::asio::awaitable<Result<OwnedPage>> FaultyCartStore::carts_of(OwnedRequest request) {
  if (auto error = faults_.failure()) co_return *error;
  co_return co_await inner_->carts_of(std::move(request));
}

bool FaultyCartStore::serves(const CartId& id) const {
  const auto error = faults_.failure();
  return (!error || error->code != Errc::unavailable) && inner_->serves(id);
}

boost::asio::awaitable<StoreState> FaultyCartStore::check(Deadline deadline) {
  if (auto error = faults_.failure()) co_return StoreState{false, error->detail};
  co_return co_await inner_->check(deadline);
}

}  // namespace cartd::test
