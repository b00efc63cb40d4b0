#include "domain/owned_cart.h"
#include "domain/generators.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace cartd {
namespace {

using test::cart_id;
using test::user_id;

Time at(std::int64_t ms) { return Time(Millis(ms)); }

TEST(CartKindName, IsAShortWord) {
  for (const char* name : {"saved", "a", "a-b_9", "12345678901234567890123456789012"})
    EXPECT_EQ(name_of(kind_from(name).value()), name);
  for (const char* name : {"", "Saved", "a b", "é", "a.b", "123456789012345678901234567890123"})
    EXPECT_FALSE(kind_from(name)) << name;
  EXPECT_FALSE(kind_from("cart").value());
  EXPECT_EQ(name_of(std::nullopt), "cart");
}

TEST(CartPlaceOf, IsThatOfACartWithAnOwner) {
  Cart cart{cart_id("a")};
  EXPECT_FALSE(place_of(cart));
  cart.created_at = at(1);
  EXPECT_FALSE(place_of(cart));
  cart.owner = user_id("u1");
  EXPECT_EQ(place_of(cart), (CartPlace{at(1), cart_id("a")}));
}

RC_GTEST_PROP(CartPlaceOf, ComesBackFromItsCursor, ()) {
  const CartPlace place{at(*rc::gen::inRange<std::int64_t>(0, 1LL << 43)),
                        cart_id(*rc::gen::element<std::string>("a", "1", "a=+/|,$!", "x:y"))};
  RC_ASSERT(place_from(cursor_text(place)) == place);
}

TEST(CartPlaceOf, IsInNoOtherText) {
  for (const char* cursor : {"", "-", "!", "MQ", "YSBi", "MSA", "MSB7", "LTEgYQ", "OTk5OTk5OTk5OTk5OTk5OTkgYQ"})
    EXPECT_FALSE(place_from(cursor)) << cursor;
}

/// What a store would answer that has these carts.
OwnedPage page_of(const std::vector<OwnedCart>& carts, const std::optional<CartPlace>& after, std::size_t most) {
  OwnedPage page;
  for (const OwnedCart& cart : carts) {
    if (after && !(*after < place_of(cart))) continue;
    if (page.carts.size() == most) return page;
    page.carts.push_back(cart);
    page.next = place_of(cart);
  }
  page.next.reset();
  return page;
}

RC_GTEST_PROP(MergedPages, ShowEachCartOnceAndInOrder, ()) {
  const auto parts = *rc::gen::inRange<std::size_t>(1, 4);
  std::vector<std::vector<OwnedCart>> stores(parts);
  std::vector<OwnedCart> all;
  const auto count = *rc::gen::inRange(0, 20);
  for (int i = 0; i < count; ++i) {
    OwnedCart cart{cart_id("c" + std::to_string(i))};
    cart.created_at = at(*rc::gen::inRange<std::int64_t>(0, 5));
    all.push_back(cart);
    stores[*rc::gen::inRange<std::size_t>(0, parts)].push_back(std::move(cart));
  }
  const auto by_place = [](const OwnedCart& a, const OwnedCart& b) { return place_of(a) < place_of(b); };
  std::sort(all.begin(), all.end(), by_place);
  for (auto& store : stores) std::sort(store.begin(), store.end(), by_place);
  const auto most = *rc::gen::inRange<std::size_t>(1, 8);
  std::vector<OwnedCart> shown;
  std::optional<CartPlace> after;
  do {
    std::vector<OwnedPage> pages;
    // A store may look at less than was asked for.
    for (const auto& store : stores)
      pages.push_back(page_of(store, after, *rc::gen::inRange<std::size_t>(1, most + 1)));
    OwnedPage page = merged(std::move(pages), most);
    RC_ASSERT(page.carts.size() <= most);
    shown.insert(shown.end(), page.carts.begin(), page.carts.end());
    after = std::move(page.next);
  } while (after);
  RC_ASSERT(shown == all);
}

}  // namespace
}  // namespace cartd
