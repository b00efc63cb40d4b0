#include "store/cache/record_cache.h"

#include "store/footprint.h"

#include <iterator>
#include <utility>

namespace cartd {

void RecordCache::put(const CartId& id, SnapshotPtr snapshot) {
  const std::size_t bytes = footprint(*snapshot) + footprint(id);
  const auto found = by_id_.find(id);
  if (found != by_id_.end() && bytes <= max_bytes_) {
    Entry& entry = *found->second;
    bytes_ = bytes_ - entry.bytes + bytes;
    entry.snapshot = std::move(snapshot);
    entry.bytes = bytes;
    entries_.splice(entries_.begin(), entries_, found->second);
  } else if (found != by_id_.end()) {
    drop(found->second);
  } else if (bytes <= max_bytes_) {
    entries_.push_front(Entry{id, std::move(snapshot), bytes});
    by_id_.emplace(id, entries_.begin());
    bytes_ += bytes;
  }
  while (bytes_ > max_bytes_) drop(std::prev(entries_.end()));
}

void RecordCache::put_found(const CartId& id, SnapshotPtr snapshot, Token found) {
  const auto before = by_id_.find(id);
  const bool is_contended = before != by_id_.end() && before->second->snapshot->token != found;
  put(id, std::move(snapshot));
  if (const auto now = by_id_.find(id); now != by_id_.end()) now->second->is_contended = is_contended;
}

bool RecordCache::is_contended(const CartId& id) const {
  const auto found = by_id_.find(id);
  return found != by_id_.end() && found->second->is_contended;
}

void RecordCache::forget(const CartId& id) {
  if (const auto found = by_id_.find(id); found != by_id_.end()) drop(found->second);
}

SnapshotPtr RecordCache::find(const CartId& id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->snapshot;
}

void RecordCache::drop(Entries::iterator entry) {
  bytes_ -= entry->bytes;
  by_id_.erase(entry->id);
  entries_.erase(entry);
}

}  // namespace cartd
