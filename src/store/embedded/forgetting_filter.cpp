#include "store/embedded/forgetting_filter.h"

#include "format/checkout.h"
#include "format/record.h"
#include "store/embedded/key_layout.h"
#include "store/embedded/owner_key.h"

#include <utility>

namespace cartd::embedded {

ForgettingFilter::ForgettingFilter(const Clock& clock, OnForgotten on_forgotten)
    : clock_(clock), on_forgotten_(std::move(on_forgotten)) {}

// What cannot be read is kept: somebody may want to see it.
rocksdb::CompactionFilter::Decision ForgettingFilter::FilterV2(int, const rocksdb::Slice& key, ValueType type,
                                                               const rocksdb::Slice& value, std::string*,
                                                               std::string*) const {
  if (type != ValueType::kValue) return Decision::kKeep;
  if (is_checkout_key({key.data(), key.size()})) {
    const auto forget_at = format::checkout_forget_at({value.data(), value.size()});
    return forget_at && *forget_at <= now_ms(clock_) ? Decision::kRemove : Decision::kKeep;
  }
  if (is_owner_key({key.data(), key.size()})) {
    const auto expires_at = entry_expires_at({value.data(), value.size()});
    return expires_at && *expires_at <= now_ms(clock_) ? Decision::kRemove : Decision::kKeep;
  }
  if (!is_cart_key({key.data(), key.size()})) return Decision::kKeep;
  const auto header = format::record_header({value.data(), value.size()});
  if (!header || header->forget_at > now_ms(clock_)) return Decision::kKeep;
  on_forgotten_(header->cart_exists);
  return Decision::kRemove;
}

}  // namespace cartd::embedded
