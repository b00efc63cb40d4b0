#include "store/redis/remembered_read.h"

#include "store/redis/cart_layout.h"
#include "store/redis/cart_lines.h"
#include "store/redis/store_error.h"

#include <string>

namespace cartd {
namespace {

using redis::ReplyView;

constexpr std::size_t replies = 2;

bool is_text(ReplyView reply, std::string_view text) {
  return reply.type() == ReplyView::Type::string && reply.text() == text;
}

}  // namespace

bool is_surely_in_time(const Snapshot& snapshot, Time now, Millis max_clock_difference) {
  if (snapshot.has_expired) return false;
  const auto& expires_at = snapshot.record.cart.expires_at;
  return !expires_at || *expires_at - now > (max_clock_difference == Millis::max() ? Millis(0) : max_clock_difference);
}

bool is_rereadable(const Snapshot& remembered, Time now, Millis max_clock_difference) {
  return remembered.token != 0 && is_surely_in_time(remembered, now, max_clock_difference);
}

redis::Request reread_request(std::string_view cart, std::string_view meta) {
  redis::Request request{"HGETALL", cart};
  request.add({"HMGET", meta, "t", "v"}).only_reads();
  return request;
}

Result<SnapshotPtr> reread_from(ReplyView reply, const SnapshotPtr& remembered) {
  if (reply.is_error()) return read_error_of(reply);
  if (reply.type() != ReplyView::Type::array || reply.size() != replies) return unexpected_reply();
  const ReplyView hash = reply[0];
  const ReplyView state = reply[1];
  if (hash.is_error()) return read_error_of(hash);
  if (state.is_error()) return read_error_of(state);
  if (!is_pairs(hash) || state.type() != ReplyView::Type::array || state.size() != 2) return unexpected_reply();
  const Cart& cart = remembered->record.cart;
  const bool is_same_version =
      is_text(state[1], std::to_string(cart.version)) || (cart.version == 0 && state[1].is_nil());
  const bool is_same_state = is_same_version && is_text(state[0], token_text(remembered->token));
  // A hash that is gone may have expired by the server's clock.
  const bool may_have_expired = hash.size() == 0 && remembered->line_fields != 0;
  if (!is_same_state || may_have_expired) return SnapshotPtr();
  return with_lines(remembered, hash);
}

}  // namespace cartd
