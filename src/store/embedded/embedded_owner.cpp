// Pages of an owner's carts of the embedded store.
#include "format/record.h"
#include "store/embedded/access.h"
#include "store/embedded/embedded_cart_store.h"
#include "store/embedded/key_layout.h"
#include "store/embedded/owner_key.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cartd {

using namespace embedded;

namespace {

constexpr std::size_t most_record_bytes = std::size_t{1} << 20;

/// Which entries are of a cart that the page may show: the first of them are read with their records.
class Wanted {
 public:
  Wanted(const OwnedRequest& request, Time now)
      : owner_(request.owner), kind_(request.kind), left_(request.most), now_(now) {}

  /// Nothing for an entry that is passed over, or that comes after those.
  std::vector<std::string> operator()(std::string_view key, std::string_view value) {
    const auto place = is_wanted(value) && left_ != 0 ? place_in_key(owner_, key) : std::nullopt;
    if (!place) return {};
    --left_;
    return {cart_key(place->id)};
  }

  bool is_wanted(std::string_view value) const {
    const auto expires_at = entry_expires_at(value);
    const std::string_view kind = entry_kind(value);
    return expires_at && *expires_at > now_ && (!kind_ || (*kind_ ? (*kind_)->str() : "") == kind);
  }

 private:
  UserId owner_;
  KindFilter kind_;
  std::size_t left_;
  Time now_;
};

/// The cart, if it is as its entry says.
std::optional<OwnedCart> owned_cart_of(const Lookup& lookup, const UserId& owner, const CartPlace& place, Time now) {
  if (lookup.kind != Lookup::Kind::found) return std::nullopt;
  const auto stored = format::record_from_bytes(place.id, lookup.value);
  if (!stored) return std::nullopt;
  const Cart& cart = stored->record.cart;
  if (cart.owner != owner || place_of(cart) != place || is_expired(cart, now)) return std::nullopt;
  return owned_from(cart);
}

}  // namespace

boost::asio::awaitable<Result<OwnedPage>> EmbeddedCartStore::carts_of(OwnedRequest request) {
  const Time now = now_ms(store_.clock());
  const Wanted wanted(request, now);
  RangeRequest entries{owner_key_prefix(request.owner)};
  if (request.after) entries.after = owner_key(request.owner, *request.after);
  entries.most = most_looked_at;
  entries.most_bytes = most_record_bytes;
  entries.beside = wanted;
  const auto range = co_await read_range(store_, calls_, std::move(entries), request.deadline);
  if (!range) co_return range.error();
  OwnedPage page;
  for (const RangeEntry& entry : range->entries) {
    auto place = place_in_key(request.owner, entry.key);
    if (!place) continue;
    const bool was_left = entry.beside.empty() && wanted.is_wanted(entry.value);
    if (was_left) co_return page;  // It and what follows is for the next page.
    if (!entry.beside.empty())
      if (auto cart = owned_cart_of(entry.beside.front(), request.owner, *place, now))
        if (shows(request.kind, cart->kind)) page.carts.push_back(std::move(*cart));
    page.next = std::move(place);
  }
  if (range->next.empty()) page.next.reset();
  co_return page;
}

}  // namespace cartd
