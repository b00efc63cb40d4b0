// The changes that stores have and may lose, by the epoch in which they were applied: which of them are durable by now,
// and of which an epoch has ended, so that they go again.
#pragma once

#include "domain/ids.h"
#include "outbox/core/instant.h"
#include "store/cart_store.h"
#include "store/footprint.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace cartd::outbox {

class Unconfirmed {
 public:
  struct Change {
    CartId cart;
    std::uint64_t checkpoint;
    std::uint64_t owner;
    SteadyTime since;
  };

  void add(const CartId& cart, WritePosition position, SteadyTime now) {
    by_epoch_[position.epoch].push_back({cart, position.checkpoint, position.owner_epoch(), now});
    bytes_ += bytes_of(cart);
  }

  /// What all of them take.
  std::size_t bytes() const { return bytes_; }

  /// Lets go of what is durable, and of what was applied in an epoch that has ended.
  /// `on_ended(cart, epoch)`: `epoch` answers for the cart now, and may lack what others applied.
  /// `on_durable(cart, epoch, checkpoint)`: all up to there is durable; answers whether the cart holds up something of
  /// that epoch, so that it has to be asked again.
  template <class OnEnded, class OnDurable>
  void sweep(const StoreView& store, SteadyTime now, std::chrono::milliseconds retention, OnEnded on_ended,
             OnDurable on_durable) {
    for (auto& [epoch, changes] : by_epoch_) sweep_epoch(store, epoch, changes, now - retention, on_ended, on_durable);
    std::erase_if(by_epoch_, [](const auto& entry) { return entry.second.empty(); });
  }

  /// The cart of the oldest change of some epoch, which is let go of although it is not durable.
  std::optional<CartId> drop_oldest() {
    for (auto& [epoch, changes] : by_epoch_) {
      if (changes.empty()) continue;
      std::optional<CartId> cart(std::move(changes.front().cart));
      changes.pop_front();
      bytes_ -= bytes_of(*cart);
      return cart;
    }
    return std::nullopt;
  }

 private:
  // A change lies in a block with others.
  static std::size_t bytes_of(const CartId& cart) { return sizeof(Change) + heap_bytes_of_copy(cart); }

  template <class OnEnded, class OnDurable>
  void sweep_epoch(const StoreView& store, std::uint64_t epoch, std::deque<Change>& changes, SteadyTime long_ago,
                   OnEnded on_ended, OnDurable on_durable) {
    // Where the store does not tell which epoch it is in, time has to do.
    const std::uint64_t safe = epoch == 0 ? std::numeric_limits<std::uint64_t>::max() : store.durable_checkpoint(epoch);
    const auto is_durable = [&](const Change& one) {
      return epoch == 0 ? one.since <= long_ago : one.checkpoint <= safe;
    };
    const auto has_ended = [&](const Change& one) {
      const std::uint64_t now = store.epoch_of(one.cart);
      return now != 0 && now != one.owner;
    };
    // The oldest speaks for all: what a failover takes over, it takes over together. Where single slots move, each is
    // asked when its turn comes.
    const bool all = !changes.empty() && has_ended(changes.front());
    std::deque<Change> stay;
    while (!changes.empty() && (all || is_durable(changes.front()))) {
      Change one = std::move(changes.front());
      changes.pop_front();
      const bool ended = has_ended(one);
      if (ended) on_ended(one.cart, store.epoch_of(one.cart));
      const bool knows = is_durable(one) && store.epoch_of(one.cart) == one.owner;
      if (ended || (knows && !on_durable(one.cart, epoch, safe))) bytes_ -= bytes_of(one.cart);
      else stay.push_back(std::move(one));
    }
    changes.insert(changes.begin(), std::make_move_iterator(stay.begin()), std::make_move_iterator(stay.end()));
  }

  std::map<std::uint64_t, std::deque<Change>> by_epoch_;  ///< Each in the order of its checkpoints.
  std::size_t bytes_ = 0;
};

}  // namespace cartd::outbox
