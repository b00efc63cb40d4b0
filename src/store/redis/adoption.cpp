#include "store/redis/adoption.h"

#include "format/json_cart.h"
#include "store/redis/store_error.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace cartd {
namespace {

using redis::ReplyView;

/// Beyond any TTL that cartd itself gives; so that every time can be written down.
constexpr Millis longest_lifetime = std::chrono::days(36'500);

/// PTTL: below 0 where there is no end.
std::optional<Time> expiry_from(ReplyView lifetime, Time now) {
  if (lifetime.integer() < 0) return std::nullopt;
  return now + std::min(Millis(lifetime.integer()), longest_lifetime);
}

Error not_adopted(std::string_view text) {
  if (!format::looks_like_json_cart(text))
    return {Errc::corrupt, "the key of this id is not a hash; another program wrote it"};
  return {Errc::corrupt,
          "the key of this id holds a cart of another service as JSON; cartd adopts such carts with "
          "--adopt-json-carts and the currency of their prices"};
}

}  // namespace

std::size_t last_byte_of_text() { return format::max_json_cart_bytes; }

Result<SnapshotPtr> adopted_from(ReplyView text, const Snapshot& before, Time now, Millis replay_horizon,
                                 const std::optional<MinorUnit>& prices) {
  if (text.size() != 2 || text[0].type() != ReplyView::Type::string || text[1].type() != ReplyView::Type::integer)
    return unexpected_reply();
  if (!prices) return not_adopted(text[0].text());
  auto json = format::json_cart_from(text[0].text(), before.record.cart.id, *prices);
  if (!json) return Error{Errc::corrupt, "the JSON cart of another service cannot be adopted: " + json.error().detail};
  auto snapshot = std::make_shared<Snapshot>(before);
  CartRecord& record = snapshot->record;
  record.cart = without_content(record.cart);
  record.cart.owner = std::move(json->owner);
  record.cart.lines = std::move(json->lines);
  record.cart.metadata = std::move(json->metadata);
  record.cart.expires_at = expiry_from(text[1], now);
  if (record.cart.expires_at) record.forget_at = std::max(record.forget_at, *record.cart.expires_at + replay_horizon);
  snapshot->has_expired = false;
  snapshot->line_fields = 0;
  snapshot->adopts = std::make_shared<const std::string>(text[0].text());
  return SnapshotPtr(std::move(snapshot));
}

CommitRequest with_adoption(CommitRequest request) {
  const Snapshot& adopted = *request.base;
  const Cart& cart = adopted.record.cart;
  RecordEdits edits;
  edits.starts_anew = true;
  edits.lines.reserve(cart.lines.size());
  for (const Line& line : cart.lines)
    edits.lines.push_back({line.id, 0, line.quantity, line.details != nullptr, line.details});
  if (cart.owner) edits.owner = cart.owner;
  if (!cart.metadata.empty()) edits.metadata = cart.metadata;
  if (cart.expires_at) edits.expires_at = cart.expires_at;
  // Always: the script needs the time when the meta hash expires.
  edits.forget_at = adopted.record.forget_at;
  compose(edits, std::move(request.edits));
  auto bare = std::make_shared<Snapshot>(adopted);
  bare->record.cart = without_content(cart);
  // So that what the meta hash holds of an earlier cart goes.
  bare->has_expired = true;
  request.edits = std::move(edits);
  request.base = std::move(bare);
  return request;
}

}  // namespace cartd
