// A store that fails or hesitates when a test says so, in front of one that works.
//
// Threads: Faults is thread-safe; the store belongs to its reactor.
#pragma once

#include "store/cart_store.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

namespace cartd::test {

class Faults {
 public:
  /// From now on every call answers `error`, and with Errc::unavailable the store is known to be away; nothing: it
  /// works again.
  void fail_with(std::optional<Error> error);
  std::optional<Error> failure() const;

  /// From now on changes wait, before they are done, until release().
  void hold();
  void release();
  /// Blocks until `count` changes wait; false when they do not within 20 s.
  bool wait_until_held(std::size_t count);

  /// The next change is made, and its answer lost.
  void lose_next_answer() { lose_answer_after(0); }
  /// So many changes are made and answered, and the next one is made, and its answer lost.
  void lose_answer_after(int changes) { answers_before_loss_ = changes; }

  /// For the store.
  bool take_loss();
  boost::asio::awaitable<void> pass(boost::asio::any_io_executor executor);

 private:
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::optional<Error> failure_{};
  std::atomic<int> answers_before_loss_ = -1;  ///< Below 0: none is lost.
  bool holding_ = false;
  std::vector<std::shared_ptr<boost::asio::steady_timer>> held_{};
};

class FaultyCartStore final : public CartStore {
 public:
  FaultyCartStore(boost::asio::any_io_executor executor, std::unique_ptr<CartStore> inner, Faults& faults)
      : executor_(std::move(executor)), inner_(std::move(inner)), faults_(faults) {}

  /// As a cache would know it: what was loaded or committed last.
  std::optional<Loaded> known(const CartId& id) override;
  boost::asio::awaitable<Result<Loaded>> load(CartId id, Deadline deadline) override;
  boost::asio::awaitable<Result<Committed>> commit(CommitRequest request) override;
  CheckoutId new_checkout_id(const CartId& cart) override { return inner_->new_checkout_id(cart); }
  boost::asio::awaitable<Result<std::shared_ptr<const Checkout>>> find_checkout(CheckoutId id,
                                                                                Deadline deadline) override;
  boost::asio::awaitable<Result<CartPage>> scan(ScanRequest request) override;
  boost::asio::awaitable<Result<OwnedPage>> carts_of(OwnedRequest request) override;
  bool shows_all() const override { return inner_->shows_all(); }
  boost::asio::awaitable<StoreState> check(Deadline deadline) override;
  Durability durability() const override { return inner_->durability(); }
  bool serves(const CartId& id) const override;

 private:
  boost::asio::any_io_executor executor_;
  std::unique_ptr<CartStore> inner_;
  Faults& faults_;
  std::unordered_map<CartId, SnapshotPtr> seen_{};
};

}  // namespace cartd::test
