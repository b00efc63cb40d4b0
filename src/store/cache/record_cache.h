// Records as this process saw them last, bounded in bytes: what was not asked for longest makes room. What stands here
// may be old; commits compare, and readers ask.
//
// Threads: belongs to one reactor.
#pragma once

#include "store/cart_store.h"

#include <cstddef>
#include <list>
#include <unordered_map>

namespace cartd {

class RecordCache {
 public:
  /// `max_bytes` bounds what the records and the cache's own entries take, by footprint().
  explicit RecordCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// After a commit of this process. A record that is larger than the whole cache is not kept.
  void put(const CartId& id, SnapshotPtr snapshot);
  /// What the store has, where it was asked. `found` is the token that was there, before this process changed it if it
  /// did so with the same question.
  void put_found(const CartId& id, SnapshotPtr snapshot, Token found);
  /// Null when it is not there.
  SnapshotPtr find(const CartId& id);
  /// Whether another process had changed the cart when the store was asked last: then what stands here is probably old.
  bool is_contended(const CartId& id) const;
  void forget(const CartId& id);

  std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    CartId id;
    SnapshotPtr snapshot;
    std::size_t bytes;
    bool is_contended = false;
  };
  using Entries = std::list<Entry>;

  void drop(Entries::iterator entry);

  const std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  Entries entries_{};  ///< The newest first.
  std::unordered_map<CartId, Entries::iterator> by_id_{};
};

}  // namespace cartd
