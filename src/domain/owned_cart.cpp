#include "domain/owned_cart.h"

#include "util/base64url.h"
#include "util/decimal.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cartd {
std::optional<CartPlace> place_of(const Cart& cart) {
  if (!cart.owner || !cart.created_at) return std::nullopt;
  return CartPlace{*cart.created_at, cart.id};
}

OwnedCart owned_from(const Cart& cart) {
  return {cart.id,         cart.kind,       cart.version,      cart.created_at.value_or(Time{}),
          cart.updated_at, cart.expires_at, cart.lines.size(), item_count(cart.lines)};
}

OwnedPage merged(std::vector<OwnedPage> pages, std::size_t most) {
  OwnedPage all;
  // Behind the first of these places a page that goes on may have more.
  for (OwnedPage& page : pages) {
    if (page.next && (!all.next || *page.next < *all.next)) all.next = page.next;
    std::move(page.carts.begin(), page.carts.end(), std::back_inserter(all.carts));
  }
  std::sort(all.carts.begin(), all.carts.end(),
            [](const OwnedCart& a, const OwnedCart& b) { return place_of(a) < place_of(b); });
  if (all.next) std::erase_if(all.carts, [&](const OwnedCart& cart) { return *all.next < place_of(cart); });
  if (all.carts.size() > most) {
    all.carts.erase(all.carts.begin() + static_cast<std::ptrdiff_t>(most), all.carts.end());
    all.next = place_of(all.carts.back());
  }
  return all;
}

std::string cursor_text(const CartPlace& place) {
  return util::to_base64url(std::to_string(place.created_at.time_since_epoch().count()) + ' ' + place.id.str());
}

std::optional<CartPlace> place_from(std::string_view cursor) {
  const auto text = util::from_base64url(cursor);
  const std::size_t blank = text ? text->find(' ') : std::string::npos;
  if (blank == std::string::npos) return std::nullopt;
  const auto ms = util::parse_number<std::uint64_t>(std::string_view(*text).substr(0, blank));
  auto id = CartId::parse(std::string_view(*text).substr(blank + 1));
  if (!ms || *ms > last_place_time || !id) return std::nullopt;
  return CartPlace{Time(Millis(static_cast<std::int64_t>(*ms))), std::move(*id)};
}

}  // namespace cartd
