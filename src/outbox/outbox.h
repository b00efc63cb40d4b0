// The one way a change takes to the store: it is stamped, waits for the changes of its cart that came before, is sent,
// and is sent again with the same stamp while its outcome is unknown and its deadline allows.
//
// Threads: an outbox belongs to one reactor and serves the carts whose home that is.
#pragma once

#include "outbox/stamper.h"
#include "store/cart_store.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstddef>
#include <deque>
#include <unordered_map>

namespace cartd {

class Outbox {
 public:
  /// `store` outlives the outbox.
  Outbox(boost::asio::any_io_executor executor, CartStore& store, Stamper stamper);
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// Applies `change`, valid by validate(), in the order of the calls for one cart. Errc::unavailable: it was never
  /// sent. Errc::outcome_unknown: it was sent, and no answer came by the deadline.
  boost::asio::awaitable<Result<Applied>> submit(CartId id, Change change, Answer answer, Deadline deadline);

  /// Changes accepted and not yet answered. May be asked on any thread.
  std::size_t depth() const { return depth_.load(std::memory_order_relaxed); }

 private:
  struct Lineup;
  class Turn;
  class Counted;

  boost::asio::awaitable<Result<Applied>> deliver(ApplyRequest request);

  boost::asio::any_io_executor executor_;
  CartStore& store_;
  Stamper stamper_;
  std::unordered_map<CartId, Lineup> busy_;
  std::atomic<std::size_t> depth_{0};
};

}  // namespace cartd
