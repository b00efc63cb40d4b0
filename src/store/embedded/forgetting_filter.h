// Drops the records whose time to be forgotten is past, and the entries of expired carts in their owners' lists, when
// RocksDB compacts the files that they stand in.
#pragma once

#include "runtime/clock.h"

#include <rocksdb/compaction_filter.h>

#include <functional>
#include <string>

namespace cartd::embedded {

/// `had_cart`: the cart had not been deleted, so that it has expired.
using OnForgotten = std::function<void(bool had_cart)>;

/// Threads: RocksDB's own call it, several at once; so `on_forgotten` has to be thread-safe.
class ForgettingFilter final : public rocksdb::CompactionFilter {
 public:
  /// `clock` outlives the filter.
  ForgettingFilter(const Clock& clock, OnForgotten on_forgotten);

  const char* Name() const override { return "cartd.forgetting"; }
  Decision FilterV2(int level, const rocksdb::Slice& key, ValueType type, const rocksdb::Slice& value,
                    std::string* new_value, std::string* skip_until) const override;

 private:
  const Clock& clock_;
  const OnForgotten on_forgotten_;
};

}  // namespace cartd::embedded
